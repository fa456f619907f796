import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type { Why } from "@fmg/client";

import { aJob, anAttempt, aPipeline, aStep, aTest } from "../testing/builders.ts";
import { startFakeServer } from "../testing/fake-server.ts";
import { runFmg } from "../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fmg-explain-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const git = (...args: string[]) =>
  execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", ...args])
    .toString()
    .trim();

/** A commit with one file more; returns its sha. */
function commit(name: string): string {
  writeFileSync(join(folder, name), name);
  git("add", "-A");
  git("commit", "-qm", name);
  return git("rev-parse", "HEAD");
}

const message = 'Step "npm test": Exited with code exit status 1';
const attempt = anAttempt({ id: 510, jobId: 51, status: "failure", reason: "step_failed", message });
const why: Why = {
  job: { id: 51, name: "test" },
  status: "failure",
  causes: [
    { kind: "step", message },
    { kind: "cache", message: 'no cache for key deps: checksum of "package-lock.json" has changed' },
  ],
};

test("fmg explain tells the step, its last lines, its failing tests and what changed since the branch was good", async () => {
  git("init", "-q");
  const good = commit("before.js");
  const sha = commit("cart.js");
  await using server = await startFakeServer({
    pipelines: [
      aPipeline({ id: 5, sha, status: "failure" }),
      aPipeline({ id: 4, status: "failure" }),
      aPipeline({ id: 3, sha: good }),
      aPipeline({ id: 2 }),
    ],
    jobs: [aJob({ id: 50 }), aJob({ id: 51, name: "test", status: "failure", attempts: [attempt] })],
    steps: new Map([[510, [aStep(), aStep({ index: 2, status: "failure", exitCode: 1, name: "npm test" })]]]),
    logs: new Map([[510, Buffer.from("1\n2\n3\n\u001b[31mnot ok\u001b[0m\n")]]),
    tests: new Map([[51, [aTest({ result: "failure", flaky: true, message: "no" }), aTest({ id: 2 })]]]),
    whys: [why],
  });
  const explain = (...args: string[]) =>
    runFmg(["explain", "5", ...args, "--lines", "2", "--server-url", server.url], { cwd: folder });
  const [text, json] = await Promise.all([explain(), explain("--json")]);

  expect(text).toEqual({
    code: 0,
    stderr: "",
    stdout: `Pipeline 5 failure

✗ test in step "npm test"
  ${message}
  no cache for key deps: checksum of "package-lock.json" has changed
  failing test: adds up (test/cart.test.js, known to be flaky)
  | 3
  | not ok
Last good on its branch: #3 (${good.slice(0, 7)})
Changed since: cart.js
`,
  });
  expect(JSON.parse(json.stdout)).toMatchObject({
    pipeline: { id: 5, sha },
    failures: [
      {
        job: "test",
        node: null,
        reason: "step_failed",
        step: { index: 2, name: "npm test", exitCode: 1 },
        lastLines: ["3", "\u001b[31mnot ok\u001b[0m"],
        tests: { failed: [{ name: "adds up", flaky: true }] },
        knownFlake: true,
      },
    ],
    lastGood: { id: 3, sha: good },
    changedFiles: ["cart.js"],
  });
});

test("without a checkout, and with nothing that failed, fmg explain says what it can", async () => {
  await using server = await startFakeServer({ pipelines: [aPipeline()], jobs: [aJob()] });
  const json = await runFmg(["explain", "5", "--json", "--server-url", server.url], { cwd: folder });
  expect(JSON.parse(json.stdout)).toMatchObject({ failures: [], lastGood: null, changedFiles: null });
  const text = await runFmg(["explain", "5", "--server-url", server.url], { cwd: folder });
  expect(text.stdout).toBe("Pipeline 5 success\nNo job of it failed.\n");
});
