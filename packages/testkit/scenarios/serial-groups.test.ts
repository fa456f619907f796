import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Job } from "@fmg/client";
import { awaitState } from "../src/await-state.ts";
import { startStack, type Stack } from "../src/stack.ts";

const long = process.env["FMG_LONG"] === "1";
const KILLS = long ? 30 : 3;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env: { FMG_CONCURRENCY: "3" } });
}, 60_000);
afterAll(() => stack.stop(), 60_000);

const config = (seconds: number) => `version: 2.1
jobs:
  deploy:
    docker: [{image: fmg-test/busybox:local}]
    steps: [{run: "echo begun; sleep ${seconds}"}]
workflows: {main: {jobs: [deploy: {serial-group: prod}]}}
`;

const push = async (repository: string, seconds: number, n = 0): Promise<number> => {
  const files = { ".circleci/config.yml": config(seconds), n: String(n) };
  return (await stack.push(repository, { files })).pipelineId;
};

async function deployOf(pipelineId: number, what: string, is: (job: Job) => boolean): Promise<Job> {
  const found = await awaitState({
    what: `the deploy of pipeline ${pipelineId} ${what}`,
    read: async () => (await stack.jobs(pipelineId))[0],
    judge: (job) => (job !== undefined && is(job) ? "reached" : "waiting"),
    deadlineMs: 60_000,
  });
  return found!;
}

const runs = (pipelineId: number) => deployOf(pipelineId, "to run", ({ status }) => status === "running");
const waits = (pipelineId: number) =>
  deployOf(pipelineId, "to wait", ({ reason }) => reason === "serial_group");

/** When the job of each pipeline ran, in the order of their starts: none began before the one before it ended. */
async function expectOneAtATime(pipelineIds: readonly number[]): Promise<void> {
  const jobs = await Promise.all(pipelineIds.map(async (id) => (await stack.jobs(id))[0]!));
  const times = jobs.map(({ startedAt, finishedAt }) => [Date.parse(startedAt!), Date.parse(finishedAt!)]);
  for (const [index, [start = 0]] of times.entries()) {
    expect(start).toBeGreaterThanOrEqual(times[index - 1]?.[1] ?? 0);
  }
}

test("deploys of two repositories that name one group run one after the other, and the one that waits says for whom (R-SER-2, R-SER-3)", async () => {
  const first = await push("octo/first", 2);
  await runs(first);
  const second = await push("octo/second", 0);
  expect(await waits(second)).toMatchObject({
    status: "queued",
    message: `waits for the serial group "prod": job "deploy" of pipeline ${first} holds it`,
  });
  const { items } = await stack.client.listWorkflows({ params: { id: second } });
  expect(items[0]).toMatchObject({ status: "queued" });
  for (const id of [first, second]) await stack.waitForPipeline(id, "success");
  await expectOneAtATime([first, second]);
}, 120_000);

test(
  `the orchestrator may be killed ${KILLS} times while a group is held and waited for: it is never held twice, and nobody waits in vain`,
  async () => {
    const pipelines: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const holder = await push("octo/killed", 2, 2 * kill);
      await runs(holder);
      const waiting = await push("octo/killed", 0, 2 * kill + 1);
      await waits(waiting);
      await stack.killOrchestrator();
      await stack.startOrchestrator();
      for (const id of [holder, waiting]) await stack.waitForPipeline(id, "success");
      pipelines.push(holder, waiting);
    }
    await expectOneAtATime(pipelines);
  },
  KILLS * 60_000 + 60_000,
);
