import { availableParallelism } from "node:os";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import Docker from "dockerode";
import { awaitState } from "../src/await-state.ts";
import { startStack, type Stack } from "../src/stack.ts";

/** `deaf`: what a step does before it waits. */
const config = (deaf = "") => `version: 2.1
jobs:
  long:
    docker: [{image: fmg-test/busybox:local}]
    steps:
      - run: ${deaf}(setsid sleep 4713 &) ; echo begun; sleep 4714
      - run: {command: echo never, when: always}
  deploy:
    docker: [{image: fmg-test/busybox:local}]
    steps:
      - run: sleep 0.1
  notice: {type: no-op}
workflows:
  main:
    jobs:
      - long
      - hold: {type: approval}
      - deploy: {requires: [long], serial-group: prod}
      - notice: {requires: [{long: canceled}]}
`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env: { FMG_AUTO_CANCEL: "octo/superseded" } });
}, 120_000);
afterAll(() => stack?.stop(), 60_000);

async function begun(
  repository: string,
  branch: string,
  deaf?: string,
): Promise<{ pipelineId: number; jobId: number }> {
  const { pipelineId } = await stack.push(repository, {
    branch,
    files: { ".circleci/config.yml": config(deaf) },
  });
  const job = await awaitState({
    what: "the step to run",
    read: async () => (await stack.jobs(pipelineId).catch(() => [])).find(({ name }) => name === "long"),
    judge: (found) => (found?.status === "running" ? "reached" : "waiting"),
    deadlineMs: 60_000,
  });
  await awaitState({
    what: "the step to print",
    read: () => stack.jobLog(pipelineId, "long"),
    judge: (log) => (log.includes("begun") ? "reached" : "waiting"),
    deadlineMs: 60_000,
  });
  return { pipelineId, jobId: job!.id };
}

const statuses = async (pipelineId: number) =>
  Object.fromEntries((await stack.jobs(pipelineId)).map(({ name, status }) => [name, status]));

/** Processes of our containers that the steps started. */
async function sleeping(): Promise<string[]> {
  const docker = new Docker();
  const filters = { label: [`fmg.instance=${stack.instance}`] };
  const tables = await Promise.all(
    (await docker.listContainers({ filters })).map(({ Id }) =>
      docker
        .getContainer(Id)
        .top()
        .catch(() => undefined),
    ),
  );
  const rows = tables.flatMap((table) => (table as { Processes: string[][] } | undefined)?.Processes ?? []);
  return rows.map((row) => row.at(-1)!).filter((command) => /sleep 471/.test(command));
}

test("canceling a pipeline ends the whole tree of processes, runs no later step, and cancels all that waits (R-WST-4, R-LIFE-2, REL-23)", async () => {
  const { pipelineId, jobId } = await begun("octo/canceled", "main", "trap '' TERM; ");
  expect(await sleeping()).toHaveLength(2);
  await stack.client.cancelPipeline({ params: { id: pipelineId } });
  const ended = await stack.waitForPipeline(pipelineId, "canceled");
  expect(ended).toMatchObject({ reason: "by_user" });
  expect(await statuses(pipelineId)).toEqual({
    long: "canceled",
    hold: "canceled",
    deploy: "canceled",
    notice: "canceled",
  });
  expect(await stack.jobLog(pipelineId, "long")).not.toContain("never");
  const job = await stack.client.getJob({ params: { id: jobId } });
  expect(job.message).toMatch(/^canceled by "/);
  await awaitState({
    what: "its processes to be gone",
    read: sleeping,
    judge: (left) => (left.length === 0 ? "reached" : "waiting"),
    deadlineMs: 20_000,
  });
}, 120_000);

test("canceling one job leaves the workflow running and starts what waits for the cancel (R-WST-5)", async () => {
  const { pipelineId, jobId } = await begun("octo/job-canceled", "main");
  await stack.client.cancelJob({ params: { id: jobId } });
  await awaitState({
    what: "the job to be canceled and its dependents to follow",
    read: () => statuses(pipelineId),
    judge: ({ notice }) => (notice === "success" ? "reached" : "waiting"),
    deadlineMs: 30_000,
  });
  expect(await statuses(pipelineId)).toEqual({
    long: "canceled",
    hold: "on_hold",
    deploy: "skipped",
    notice: "success",
  });
  await stack.client.cancelPipeline({ params: { id: pipelineId } });
  await stack.waitForPipeline(pipelineId, "canceled");
}, 120_000);

test("a newer push to a branch cancels the older pipeline and says which one did; the default branch's goes on (R-AC-1, R-AC-2, R-AC-3)", async () => {
  const main = await begun("octo/superseded", "main");
  const older = await begun("octo/superseded", "topic");
  const newer = await begun("octo/superseded", "topic");
  const ended = await stack.waitForPipeline(older.pipelineId, "canceled");
  expect(ended).toMatchObject({ reason: "superseded" });
  const hold = (await stack.jobs(older.pipelineId)).find(({ name }) => name === "hold");
  expect(hold).toMatchObject({
    status: "canceled",
    message: `superseded by pipeline ${newer.pipelineId} on branch "topic"`,
  });
  const third = await stack.push("octo/superseded", {
    branch: "main",
    files: { ".circleci/config.yml": config(), more: "1" },
  });
  for (const { pipelineId } of [main, newer]) {
    expect(await statuses(pipelineId)).toMatchObject({ long: "running" });
    await stack.client.cancelPipeline({ params: { id: pipelineId } });
    await stack.waitForPipeline(pipelineId, "canceled");
  }
  await stack.client.cancelPipeline({ params: { id: third.pipelineId } });
  await stack.waitForPipeline(third.pipelineId, "canceled");
}, 180_000);

const KILLS = process.env["FMG_LONG"] === "1" ? 30 : 3;

test(
  `a cancel holds though the orchestrator is killed right after it, ${KILLS} times: the job ends canceled, and its processes with it (R-LIFE-2)`,
  async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const { pipelineId } = await begun(`octo/cancel-and-kill-${kill}`, "main");
      const canceled = stack.client.cancelPipeline({ params: { id: pipelineId } });
      await stack.killOrchestrator();
      await canceled;
      await stack.startOrchestrator();
      await stack.waitForPipeline(pipelineId, "canceled");
      expect(await statuses(pipelineId)).toEqual({
        long: "canceled",
        hold: "canceled",
        deploy: "canceled",
        notice: "canceled",
      });
    }
    await awaitState({
      what: "all processes to be gone",
      read: sleeping,
      judge: (left) => (left.length === 0 ? "reached" : "waiting"),
      deadlineMs: 20_000,
    });
  },
  KILLS * 60_000 + 60_000,
);

test("what is canceled before it runs never starts: a pipeline that is not compiled, and a job that waits for room (R-WST-4)", async () => {
  await stack.killOrchestrator();
  const early = await stack.push("octo/early", { files: { ".circleci/config.yml": config() } });
  await stack.client.cancelPipeline({ params: { id: early.pipelineId } });
  await stack.startOrchestrator();
  await stack.waitForPipeline(early.pipelineId, "canceled");
  expect(await stack.jobs(early.pipelineId)).toEqual([]);

  const waiting = `version: 2.1
jobs:
  one:
    docker: [{image: fmg-test/busybox:local}]
    parallelism: ${2 + availableParallelism()}
    steps: [{run: "echo begun; sleep 4714"}]
workflows: {main: {jobs: [one]}}
`;
  const { pipelineId } = await stack.push("octo/waiting", { files: { ".circleci/config.yml": waiting } });
  const full = await awaitState({
    what: "some nodes to run and the others to wait",
    read: async () => (await stack.jobs(pipelineId))[0]?.attempts.map(({ status }) => status) ?? [],
    judge: (nodes) => (nodes.includes("running") && nodes.includes("queued") ? "reached" : "waiting"),
    deadlineMs: 60_000,
  });
  const queued = full.filter((status) => status === "queued").length;
  await stack.client.cancelPipeline({ params: { id: pipelineId } });
  await stack.waitForPipeline(pipelineId, "canceled");
  const [job] = await stack.jobs(pipelineId);
  const neverStarted = job!.attempts.filter(({ startedAt }) => startedAt === null);
  expect(neverStarted.length).toBeGreaterThan(0);
  expect(neverStarted.length).toBeLessThanOrEqual(queued);
  expect(job!.attempts.every(({ status }) => status === "canceled")).toBe(true);
}, 120_000);
