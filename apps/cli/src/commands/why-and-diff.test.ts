import { expect, jest, test } from "@jest/globals";
import type { Diff, Why } from "@fmg/client";

import { aJob, aPipeline } from "../testing/builders.ts";
import { startFakeServer } from "../testing/fake-server.ts";
import { runFmg } from "../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const range = { file: ".circleci/config.yml", start: { line: 31, column: 9 }, end: { line: 31, column: 12 } };
const skipped: Why = {
  job: { id: 51, name: "deploy" },
  status: "skipped",
  causes: [{ kind: "left-out", message: "branch does\u001b]0;x\u0007 not match", rule: "R-FLT-4", range }],
};
const fine: Why = { job: { id: 50, name: "build" }, status: "success", causes: [] };
const side = {
  id: 4,
  sha: "a".repeat(40),
  subject: "Old",
  branch: "main",
  tag: null,
  status: "success",
} as const;
const diff: Diff = {
  before: side,
  after: { ...side, id: 5, sha: "b".repeat(40), subject: "New", status: "failure" },
  parameters: [],
  orbs: [{ reference: "circleci/node@7", before: "circleci/node@7.2.0", after: "circleci/node@7.2.1" }],
  jobs: [
    {
      workflow: "ci",
      name: "test",
      change: "kept",
      status: { before: "success", after: "failure" },
      durationMs: { before: 1_000, after: 9_000 },
      config: [{ path: "steps[0].command", before: "npm test", after: null }],
      images: [{ position: 0, before: "img@sha256:1", after: "img@sha256:2" }],
      variables: { added: ["TOKEN"], removed: [] },
      contexts: { added: [], removed: [] },
      caches: [],
      newlyFailing: [{ name: "adds up", classname: "", file: "cart.js", message: null }],
    },
  ],
};
const serving = {
  pipelines: [aPipeline(), aPipeline({ id: 4 })],
  jobs: [aJob({ id: 50, name: "build" }), aJob({ id: 51, name: "deploy", status: "skipped", attempts: [] })],
  whys: [fine, skipped],
  diff,
};

test("fmg why tells what leaves a job out, with the rule and the line of the config, and passes over what went well", async () => {
  await using server = await startFakeServer(serving);
  const why = (...args: string[]) => runFmg(["why", "5", ...args, "--server-url", server.url]);
  const [all, one, json] = await Promise.all([why(), why("build"), why("deploy", "--json")]);
  expect(all).toEqual({
    code: 0,
    stdout: "deploy did not run:\n  branch does not match (.circleci/config.yml:31) [R-FLT-4]\n",
    stderr: "",
  });
  expect(one.stdout).toBe("build succeeded\n");
  expect(JSON.parse(json.stdout)).toEqual({ items: [skipped], next: null });
});

test("fmg diff prints what changed between two pipelines, job by job", async () => {
  await using server = await startFakeServer(serving);
  const ran = await runFmg(["diff", "4", "5", "--server-url", server.url]);
  expect(ran).toEqual({
    code: 0,
    stdout: `- #4 aaaaaaa SUCCESS  Old
+ #5 bbbbbbb FAILURE  New
orb circleci/node@7: circleci/node@7.2.0 -> circleci/node@7.2.1
ci/test
  status: SUCCESS -> FAILURE
  newly failing: adds up (cart.js)
  steps[0].command: npm test -> (none)
  image 0: img@sha256:1 -> img@sha256:2
  variable added: TOKEN
  took 1.0 s -> 9.0 s
`,
    stderr: "",
  });
  expect(server.requests.at(-1)).toBe("GET /api/v1/pipelines/5/diff?before=4");
});
