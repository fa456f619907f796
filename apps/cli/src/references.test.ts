import { describe, expect, jest, test } from "@jest/globals";

import { aJob, anAttempt, aPipeline } from "./testing/builders.ts";
import { startFakeServer, type FakeServer } from "./testing/fake-server.ts";
import { runFmg, startFmg } from "./testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const nightly = { id: 2, name: "nightly" };
const build = aJob({ id: 50, name: "build" });
const unit = aJob({
  id: 51,
  name: "test",
  attempts: [
    anAttempt({ id: 510, jobId: 51, number: 2 }),
    anAttempt({ id: 511, jobId: 51, number: 1, nodeIndex: 1 }),
  ],
});
const sweep = aJob({ id: 52, name: "sweep", workflow: nightly, status: "running" });
const earlier = [anAttempt({ id: 509, jobId: 51, number: 1, status: "failure" })];
const logs = new Map([
  [500, Buffer.from("built\n")],
  [509, Buffer.from("the first attempt\n")],
  [510, Buffer.from("the second attempt\n")],
  [511, Buffer.from("node 1\n")],
]);
const serve = (): Promise<FakeServer> =>
  startFakeServer({
    pipelines: [
      aPipeline({ id: 6, sha: "f00ba4".repeat(7).slice(0, 40), branch: "fix/x" }),
      aPipeline({ id: 5 }),
      aPipeline({ id: 4 }),
    ],
    jobs: [build, unit, sweep],
    earlier,
    logs,
  });

describe("what a command line names", () => {
  test.each([
    ["a job's page", "http://fmg.example/p/5/j/test/1 --node 0", "the first attempt\n"],
    ["an attempt", "5 test:1 --node 0", "the first attempt\n"],
    ["the newest attempt", "5 test --node 0", "the second attempt\n"],
    ["an attempt of one node alone", "#5 ci/test:2", "the second attempt\n"],
    ["a node", "5 te --node 1", "node 1\n"],
  ])("is %s: fmg logs %s", async (_, line, log) => {
    await using server = await serve();
    const { code, stdout } = await runFmg(["logs", ...line.split(" "), "--server-url", server.url]);
    expect(code).toBe(0);
    expect(stdout.slice(stdout.indexOf("\n") + 1)).toBe(log);
  });

  test.each([
    ["5 test:3", 5, 'job "test" has no attempt 3', "Its attempts:  1, 2"],
    ["5 test:1", 2, 'job "test" of pipeline 5 ran on 2 nodes: 0, 1', "Name one: fmg logs 5 test --node 0"],
    ["5 test --node 7", 5, 'job "test" of pipeline 5 has no node 7', "Its nodes:  0, 1"],
    ["5 tset", 5, 'pipeline 5 has no job "tset"', "Did you mean:  fmg logs 5 test"],
    ["a1b2c3d build", 2, "a1b2c3d means 2 pipelines: #5, #4", "Name one by its number"],
    ["0badc0de build", 5, "no commit or uuid of the newest 100 pipelines begins with 0badc0de", "fmg list"],
    ["99", 5, "there is no pipeline 99", "fmg list"],
  ])("is nothing, or too much: fmg logs %s", async (line, exitCode, message, hint) => {
    await using server = await serve();
    const { code, stderr } = await runFmg(["logs", ...line.split(" "), "--server-url", server.url]);
    expect(stderr).toMatch(new RegExp(`^Error: ${message}\n`));
    expect(stderr).toContain(hint);
    expect(code).toBe(exitCode);
  });

  test("is a commit, of which seven digits will do", async () => {
    await using server = await serve();
    const { stderr } = await runFmg(["why", "f00ba4f", "--server-url", server.url]);
    expect(server.requests).toContain("GET /api/v1/pipelines/6/jobs");
    expect(stderr).toBe("");
  });

  test("is a whole workflow, which can be canceled and started again", async () => {
    await using server = await serve();
    const say = (line: string) => runFmg([...line.split(" "), "--server-url", server.url]);
    const canceled = await say("cancel 5 nightly/ --yes");
    const again = await say("rerun 5 ci/");
    const attempt = await say("rerun 5 test:1");
    expect(canceled.stdout).toBe('Canceled workflow "nightly" of pipeline 5: sweep\n');
    expect(again.stdout).toBe('Workflow "ci" of pipeline 5 started again (rerun 1)\n');
    expect(attempt).toMatchObject({ code: 2, stderr: expect.stringContaining("newest attempt") });
    expect(server.requests.filter((request) => request.startsWith("POST"))).toEqual([
      "POST /api/v1/workflows/2/cancel",
      "POST /api/v1/workflows/1/rerun",
    ]);
  });

  test("is never read from a pipe that is meant for somebody else", async () => {
    await using server = await serve();
    const running = startFmg(["cancel", "5", "--yes", "--server-url", server.url]);
    running.child.stdin!.end("test\n");
    expect(await running.ended).toMatchObject({ code: 0, stdout: "Canceled pipeline 5: sweep\n" });
  });
});
