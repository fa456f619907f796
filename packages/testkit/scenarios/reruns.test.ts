import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Job } from "@fmg/client";
import { awaitState } from "../src/await-state.ts";
import { startStack, type Stack } from "../src/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(() => stack.stop(), 60_000);

const image = "docker: [{image: fmg-test/busybox:local}]";

const deploying = `version: 2.1
jobs:
  build:
    ${image}
    steps: [{run: mkdir out && echo built >out/it}, {persist_to_workspace: {root: ., paths: [out]}}]
  deploy:
    ${image}
    steps: [{attach_workspace: {at: .}}, {run: cat out/it}]
workflows:
  main:
    jobs:
      - build
      - hold: {type: approval, requires: [build]}
      - deploy: {requires: [hold]}
`;

async function job(pipelineId: number, name: string, status: Job["status"]): Promise<Job> {
  return awaitState({
    what: `job ${name} of pipeline ${pipelineId} to be ${status}`,
    read: async () => (await stack.jobs(pipelineId)).find((each) => each.name === name)!,
    judge: (found) => (found.status === status ? "reached" : "waiting"),
    deadlineMs: 60_000,
  });
}

test("a deploy waits for its approval, and runs after it with the workspace of what came before (R-APR-3, R-APR-4, R-WS-4)", async () => {
  const { pipelineId, sha } = await stack.push("octo/approval", {
    files: { ".circleci/config.yml": deploying },
  });
  const hold = await job(pipelineId, "hold", "on_hold");
  await stack.github.waitForStatus({ sha, context: "fmg: main/hold", state: "pending" }, 20_000);
  expect((await stack.jobs(pipelineId)).map(({ status }) => status)).toEqual([
    "success",
    "on_hold",
    "blocked",
  ]);

  await stack.client.approveJob({ params: { id: hold.id }, body: { sha, note: "go" } });
  await stack.waitForPipeline(pipelineId, "success");
  expect(await stack.jobLog(pipelineId, "deploy")).toContain("built");
  const [approved] = (await stack.client.listAudit({ query: { limit: 1 } })).items;
  expect(approved).toMatchObject({
    action: "job.approve",
    detail: `"hold" of pipeline ${pipelineId} at ${sha}: go`,
  });
  await stack.github.waitForStatus({ sha, context: "fmg: main/hold", state: "success" }, 20_000);
}, 120_000);

/** `once` fails the first time: a cache outlives its job, and remembers. */
const failingOnce = `version: 2.1
jobs:
  build:
    ${image}
    steps:
      - run: mkdir -p out && echo "built by $CIRCLE_WORKFLOW_JOB_ID" >out/it
      - persist_to_workspace: {root: ., paths: [out]}
  once:
    ${image}
    steps:
      - attach_workspace: {at: .}
      - restore_cache: {key: again}
      - run: echo "it is $(cat out/it) in $CIRCLE_WORKFLOW_WORKSPACE_ID of $CIRCLE_WORKFLOW_ID"
      - run: mkdir -p seen; ls seen; test -e seen/before || echo first >failed; touch seen/before
      - save_cache: {key: again, paths: [seen]}
      - run: test ! -e failed
workflows:
  main:
    jobs:
      - build
      - once: {requires: [build]}
`;

test("a rerun from failed runs what failed, with the first run's workspace and images, and the first run stays whole (R-RR-1, R-RR-3, R-WS-1, R-WS-8, R-CO-8)", async () => {
  const { client } = stack;
  const { pipelineId, sha } = await stack.push("octo/again", {
    files: { ".circleci/config.yml": failingOnce },
  });
  await stack.waitForPipeline(pipelineId, "failure");
  const [build, once] = await stack.jobs(pipelineId);
  const firstLog = await stack.jobLog(pipelineId, "once");

  const rerun = await client.rerunWorkflow({ params: { id: once!.workflow.id }, body: { from: "failed" } });
  await stack.github.waitForStatus({ sha, context: "fmg: main/once", state: "pending" }, 20_000);
  await stack.waitForPipeline(pipelineId, "success");
  await stack.github.waitForStatus({ sha, context: "fmg", state: "success" }, 20_000);

  const jobs = await stack.jobs(pipelineId);
  expect(jobs).toMatchObject([
    {
      name: "build",
      status: "success",
      carriedFrom: build!.id,
      number: build!.number,
      attempts: build!.attempts,
    },
    { name: "once", status: "success", workflow: { id: rerun.id } },
  ]);
  expect(jobs[1]!.number).toBeGreaterThan(once!.number!);
  expect(jobs[1]!.attempts[0]!.imageDigest).toBe(once!.attempts[0]!.imageDigest);
  const log = await stack.jobLog(pipelineId, "once");
  const said = /it is (built by \S+) in (\S+) of (\S+)/;
  const [, builtFirst, workspaceFirst, workflowFirst] = said.exec(firstLog)!;
  const [, builtAgain, workspaceAgain, workflowAgain] = said.exec(log)!;
  expect([builtAgain, workspaceAgain]).toEqual([builtFirst, workspaceFirst]);
  expect(workflowAgain).not.toBe(workflowFirst);
  expect(await stack.jobLog(pipelineId, "build")).not.toBe("");
  const old = await client.listWorkflowJobs({ params: { id: once!.workflow.id } });
  expect(old.items).toEqual([build, once]);
  expect(await stack.get<object>(`/pipelines/${pipelineId}`)).toMatchObject({ sha });
}, 150_000);
