import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";

import { aJob, anAttempt, aPipeline, aStep } from "../testing/builders.ts";
import { startFakeServer } from "../testing/fake-server.ts";
import { runFmg } from "../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const times = { startedAt: "2024-06-01T12:00:10.000Z", finishedAt: "2024-06-01T12:02:20.000Z" };
const failedNode = anAttempt({
  ...times,
  id: 511,
  jobId: 51,
  nodeIndex: 1,
  nodeTotal: 2,
  status: "failure",
  reason: "step_failed",
  message: 'Step "npm test": Exited with code exit status 1',
});
const serving = {
  pipelines: [aPipeline({ status: "failure" })],
  jobs: [
    aJob({ id: 50, startedAt: "2024-06-01T12:00:08.000Z", finishedAt: "2024-06-01T12:01:10.000Z" }),
    aJob({
      ...times,
      id: 51,
      name: "test",
      status: "failure",
      attempts: [anAttempt({ ...times, id: 510, jobId: 51, nodeTotal: 2 }), failedNode],
    }),
    aJob({ id: 52, name: "hold", kind: "approval", status: "on_hold", attempts: [] }),
    aJob({
      id: 53,
      name: "deploy",
      status: "skipped",
      reason: "upstream_failed",
      message: 'requires "test" to be success, and it ended as failure',
      attempts: [],
    }),
  ],
  steps: new Map([
    [500, [aStep()]],
    [510, []],
    [511, [aStep({ name: "npm\u001b[2J ci" }), aStep({ index: 2, status: "failure", exitCode: 1 })]],
  ]),
};

test("fmg show prints a pipeline's jobs and nodes with times, reasons and what to do next", async () => {
  await using server = await startFakeServer(serving);
  const show = (...args: string[]) => runFmg(["show", "5", ...args, "--server-url", server.url]);
  const [text, tree, ids] = await Promise.all([show(), show("--tree"), show("-q")]);
  expect(text).toEqual({
    code: 0,
    stderr: "",
    stdout: `Pipeline 5  octo/repo  main  a1b2c3d "Fix the parser"  by ada  FAILURE in 3m41s
  ✓ build          1m02s
  ✓ test (node 0)  2m10s
  ✗ test (node 1)  2m10s  Step "npm test": Exited with code exit status 1  -> fmg logs 5 test --node 1
  ⏸ hold                  waits for a person  -> fmg approve 5 hold
  ⊘ deploy                not run: requires "test" to be success, and it ended as failure
`,
  });
  expect(tree.stdout).toContain("✗ test (node 1)");
  expect(tree.stdout).toContain("      ✓ npm ci  1.2 s\n      ✗ npm test  1.2 s\n");
  expect(ids.stdout).toBe("50\n51\n52\n53\n");
});

test("fmg show --json is the pipeline with its jobs, with --tree also their steps; --format is about the jobs", async () => {
  await using server = await startFakeServer(serving);
  const show = (...args: string[]) => runFmg(["show", "5", ...args, "--server-url", server.url]);
  const [json, tree, format] = await Promise.all([
    show("--json"),
    show("--json", "--tree"),
    show("--format", "{{name}}={{status}}"),
  ]);
  expect(JSON.parse(json.stdout)).toEqual({ ...serving.pipelines[0], jobs: serving.jobs });
  const document = JSON.parse(tree.stdout) as { jobs: { attempts: { steps: unknown[] }[] }[] };
  expect(document.jobs[1]!.attempts[1]!.steps).toEqual(serving.steps.get(511));
  expect(format.stdout).toBe("build=success\ntest=failure\nhold=on_hold\ndeploy=skipped\n");
});

test("fmg show --web and fmg open hand the page's address to the browser, and print it", async () => {
  await using server = await startFakeServer(serving);
  const folder = await mkdtemp(join(tmpdir(), "fmg-browser-"));
  const browser = join(folder, "browser");
  await writeFile(
    browser,
    `#!/bin/sh\necho "$1" >>'${folder}/opened.tmp' && mv '${folder}/opened.tmp' '${folder}/opened'\n`,
    {
      mode: 0o755,
    },
  );
  const env = { BROWSER: browser };
  const url = "http://localhost:5000/p/5";
  const opened = async (): Promise<string> => {
    for (;;) {
      const text = await readFile(join(folder, "opened"), "utf8").catch(() => undefined);
      if (text !== undefined) return text;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  for (const args of [["show", "5", "--web"], ["open", "5"], ["open"]]) {
    const ran = await runFmg([...args, "--server-url", server.url], { env });
    expect(ran).toEqual({ code: 0, stdout: `${url}\n`, stderr: "" });
    expect(await opened()).toBe(`${url}\n`);
    await rm(join(folder, "opened"));
  }
  const none = await runFmg(["open", "5", "--server-url", server.url], { env: { BROWSER: "/nowhere" } });
  expect(none).toMatchObject({ code: 0, stdout: `${url}\n` });
  expect(none.stderr).toContain("open the address yourself");
  await rm(folder, { recursive: true });
});
