import { expect, jest, test } from "@jest/globals";

import { aJob, aPipeline } from "../testing/builders.ts";
import { startFakeServer } from "../testing/fake-server.ts";
import { runFmg } from "../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const deploy = { id: 2, name: "deploy" };
const serving = () => ({
  pipelines: [aPipeline({ status: "failure" }), aPipeline({ id: 6, status: "error" })],
  jobs: [
    aJob({ id: 50, name: "build" }),
    aJob({ id: 51, name: "test", status: "failure" }),
    aJob({ id: 52, name: "hold", kind: "approval", status: "on_hold", workflow: deploy, attempts: [] }),
  ],
});
const posts = (requests: readonly string[]) =>
  requests
    .filter((request) => request.startsWith("POST"))
    .map((request) => request.slice("POST /api/v1/".length));

test("fmg approve lets the one hold of a pipeline go, for the commit that was looked at (R-APR-4)", async () => {
  await using server = await startFakeServer(serving());
  const approve = (...args: string[]) => runFmg(["approve", "5", ...args, "--server-url", server.url]);
  const [plainly, json] = await Promise.all([approve(), approve("hol", "--note", "looks well", "--json")]);
  expect(plainly).toEqual({ code: 0, stdout: 'Approved "hold" of pipeline 5 at a1b2c3d\n', stderr: "" });
  expect(JSON.parse(json.stdout)).toMatchObject({
    id: 52,
    approval: { sha: "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334", note: "looks well" },
  });
  expect(posts(server.requests)).toEqual(["jobs/52/approve", "jobs/52/approve"]);
});

test("without a hold fmg approve is a conflict, and of several one must be named", async () => {
  const state = serving();
  await using server = await startFakeServer(state);
  const none = runFmg(["approve", "6", "--server-url", server.url]);
  expect(await none).toMatchObject({ code: 6, stderr: expect.stringContaining("waits for an approval") });
  state.jobs.push(aJob({ id: 53, name: "second", status: "on_hold" }));
  await using other = await startFakeServer(state);
  const several = await runFmg(["approve", "5", "--server-url", other.url]);
  expect(several.code).toBe(2);
  expect(several.stderr).toContain("2 holds: hold, second\n  Name one:  fmg approve 5 hold\n");
});

test("fmg rerun starts all workflows, those that failed, one job, or a fresh config, and says which", async () => {
  await using server = await startFakeServer(serving());
  const rerun = (...args: string[]) => runFmg(["rerun", "5", ...args, "--server-url", server.url]);
  const [all, failed, job, fresh] = [
    await rerun("-q"),
    await rerun("--failed"),
    await rerun("test", "--shell"),
    await rerun("--fresh"),
  ];
  expect(all.stdout).toBe("11\n12\n");
  expect(failed).toEqual({
    code: 0,
    stdout: 'Workflow "ci" of pipeline 5 started again (rerun 1)\n',
    stderr: "",
  });
  expect(job.stderr).toContain("fmg debug 5 test");
  expect(fresh.stdout).toBe("The config of pipeline 5 is compiled anew, and run\n");
  expect(posts(server.requests)).toEqual([
    "workflows/1/rerun",
    "workflows/2/rerun",
    "workflows/1/rerun",
    "jobs/51/rerun",
    "pipelines/5/rerun",
  ]);
});

test("fmg rerun --clean-cache asks for workflows or a job without the caches of before, and not together with --fresh", async () => {
  await using server = await startFakeServer(serving());
  const rerun = (...args: string[]) =>
    runFmg(["rerun", "5", "--clean-cache", ...args, "--server-url", server.url]);
  const [failed, job, fresh] = [
    await rerun("--failed"),
    await rerun("test", "--shell"),
    await rerun("--fresh"),
  ];

  expect([failed.code, job.code, fresh.code]).toEqual([0, 0, 2]);
  expect(fresh.stderr).toContain("--clean-cache");
  expect(server.state.triggered).toEqual([
    { from: "failed", cleanCache: true },
    { keepMinutes: 60, cleanCache: true },
  ]);
});

test("a pipeline that has run nothing is not started again, and fmg says what helps (R-RR-4)", async () => {
  await using server = await startFakeServer(serving());
  const ran = await runFmg(["rerun", "6", "--server-url", server.url]);
  expect(ran.code).toBe(6);
  expect(ran.stderr).toContain("Compile its config anew:  fmg rerun 6 --fresh");
});
