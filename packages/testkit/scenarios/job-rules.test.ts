import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Job } from "@fmg/client";
import { startStack, type Stack } from "../src/stack.ts";

const config = `version: 2.1
executors:
  busybox:
    docker: [{image: fmg-test/busybox:local}]
jobs:
  nodes:
    executor: busybox
    parallelism: 2
    steps:
      - run: echo "of node $CIRCLE_NODE_INDEX" >same.txt
      - persist_to_workspace: {root: ., paths: [same.txt]}
      - run: if [ "$CIRCLE_NODE_INDEX" = 0 ]; then circleci step halt; fi
      - store_artifacts: {path: same.txt, when: always}
      - run: {command: echo goes on, when: always}
  attach:
    executor: busybox
    steps:
      - attach_workspace: {at: .}
  producer:
    executor: busybox
    steps:
      - run: |
          [ "$CIRCLE_WORKFLOW_WORKSPACE_ID" = "$CIRCLE_WORKFLOW_ID" ] && echo the first of its line
          echo made >made.txt
      - persist_to_workspace: {root: ., paths: [made.txt]}
  attach-then-checkout:
    executor: busybox
    steps:
      - attach_workspace: {at: .}
      - checkout
  values:
    executor: busybox
    environment: {NUMBER: << pipeline.number >>}
    steps:
      - run: |
          env | cut -d= -f1 | grep -i pipeline
          env | grep -x "NUMBER=<< pipeline.number >>"
          [ $((CIRCLE_BUILD_NUM - 1)) = "$CIRCLE_PREVIOUS_BUILD_NUM" ] && echo the job before
  silent:
    executor: busybox
    steps:
      - run: echo fine
      - run: {command: sleep 60, no_output_timeout: 2s}
      - run: echo never
      - run: {command: exit 3, when: on_fail}
  no-image:
    docker: [{image: "localhost:1/fmg-test/none:1"}]
    steps: [checkout]
  after:
    executor: busybox
    steps:
      - run: echo both ended as failed
workflows:
  main:
    jobs:
      - nodes
      - attach: {requires: [nodes]}
      - producer
      - attach-then-checkout: {requires: [producer]}
      - values
      - silent
      - no-image
      - after: {requires: [{silent: failed}, {no-image: failed}]}
`;

let stack: Stack;
let pipelineId: number;
let jobs: ReadonlyMap<string, Job>;
beforeAll(async () => {
  stack = await startStack();
  ({ pipelineId } = await stack.push("octo/rules", { files: { ".circleci/config.yml": config } }));
  await stack.waitForPipeline(pipelineId, "error", 120_000);
  jobs = new Map((await stack.jobs(pipelineId)).map((job) => [job.name, job]));
}, 180_000);
afterAll(() => stack?.stop(), 60_000);

interface StepSeen {
  readonly name: string;
  readonly status: string;
  readonly reason: string | null;
  readonly exitCode: number | null;
}

async function stepsOf(name: string, node = 0): Promise<readonly StepSeen[]> {
  const attempt = jobs.get(name)!.attempts.find(({ nodeIndex }) => nodeIndex === node)!;
  return (await stack.get<{ items: StepSeen[] }>(`/attempts/${attempt.id}/steps`)).items;
}

test("a node that halts skips its own steps, those that run always and uploads too; the other node goes on (R-HALT-1, R-HALT-2)", async () => {
  const statuses = async (node: number) =>
    (await stepsOf("nodes", node)).slice(3).map(({ status }) => status);

  expect(jobs.get("nodes")?.status).toBe("success");
  expect(await statuses(0)).toEqual(["success", "skipped", "skipped"]);
  expect(await statuses(1)).toEqual(["success", "success", "success"]);
});

test("a file that two nodes of one job persisted cannot be attached (R-PAR-3, R-WS-5)", async () => {
  expect(jobs.get("attach")?.status).toBe("failure");
  expect(await stack.jobLog(pipelineId, "attach")).toContain(
    "Concurrent upstream jobs persisted the same file(s) into the workspace:\n  - same.txt",
  );
});

test("a workspace is its workflow's own; a checkout into a folder that it was attached to is refused (R-WS-1, R-WS-10)", async () => {
  expect(await stack.jobLog(pipelineId, "producer")).toContain("the first of its line\n");
  expect(jobs.get("attach-then-checkout")?.status).toBe("failure");
  expect(await stack.jobLog(pipelineId, "attach-then-checkout")).toContain(
    "is not empty (it has made.txt), and is no git repository",
  );
});

test("a pipeline value is a variable only where the config makes it one (R-PV-2)", async () => {
  const log = await stack.jobLog(pipelineId, "values");
  expect(log).toMatch(/\nCIRCLE_PIPELINE_ID\nNUMBER=1\nthe job before\n$/);
});

test("each step tells how it ended, with its exit code, or that it never ran (R-STEPST-1)", async () => {
  const steps = await stepsOf("silent");
  expect(steps.slice(1).map(({ status, reason, exitCode }) => [status, reason, exitCode])).toEqual([
    ["success", null, 0],
    ["failure", "timed_out", expect.anything()],
    ["skipped", "condition_false", null],
    ["failure", "step_failed", 3],
  ]);
});

test("a job that ran out of time and one that the platform could not run count as failed for those that require them (R-JST-1)", () => {
  expect(jobs.get("silent")).toMatchObject({ status: "failure", reason: "timed_out" });
  expect(jobs.get("no-image")).toMatchObject({ status: "error", reason: "image_pull_failed" });
  expect(jobs.get("after")?.status).toBe("success");
});
