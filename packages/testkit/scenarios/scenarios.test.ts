import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readScenarioCases } from "../src/scenario-cases.ts";
import { playLocally, playOnServer } from "../src/play-scenario.ts";
import { serverOutcome } from "../src/run-locally.ts";
import { startStack, type Stack } from "../src/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(() => stack.stop(), 60_000);

interface PipelineWithDiagnostics {
  readonly diagnostics: readonly {
    range: { file: string; start: { line: number; column: number } };
  }[];
}

/** All texts, one after another. */
function expectInOrder(log: string, texts: readonly string[]): void {
  let from = 0;
  for (const text of texts) {
    const at = log.indexOf(text, from);
    expect({ text, found: at >= 0, log: at >= 0 ? "" : log }).toEqual({ text, found: true, log: "" });
    from = at + text.length;
  }
}

test.each(readScenarioCases())(
  "a push of $name comes to what its expected.json says, and `fmg run` comes to the same (R-APR-3, R-CTX-1, R-WS-8)",
  async (scenario) => {
    const { expected } = scenario;
    const { pipeline, ...pushed } = await playOnServer(stack, scenario);
    expect(pipeline).toMatchObject(expected.pipeline);

    const jobs = await stack.jobs(pushed.pipelineId);
    expect(Object.fromEntries(jobs.map((job) => [job.name, job]))).toMatchObject(expected.jobs);
    expect(jobs.map((job) => job.name).sort()).toEqual(Object.keys(expected.jobs).sort());

    for (const [job, texts] of Object.entries(expected.logs ?? {})) {
      expectInOrder(await stack.jobLog(pushed.pipelineId, job), texts);
    }
    for (const [job, texts] of Object.entries(expected.absentFromLogs ?? {})) {
      const log = await stack.jobLog(pushed.pipelineId, job);
      for (const text of texts) expect(log).not.toContain(text);
    }
    if (expected.diagnostic !== undefined) {
      const { diagnostics } = await stack.get<PipelineWithDiagnostics>(`/pipelines/${pushed.pipelineId}`);
      const range = diagnostics[0]?.range;
      expect(`${range?.file}:${range?.start.line}:${range?.start.column}`).toBe(expected.diagnostic.place);
    }
    for (const [context, state] of Object.entries(expected.statuses)) {
      const status = await stack.github.waitForStatus(
        { sha: pushed.sha, context, state: state as "success" },
        20_000,
      );
      const pattern = expected.description?.[context];
      if (pattern !== undefined) expect(status.description).toMatch(new RegExp(pattern));
    }
    const contexts = stack.github.statuses(pushed.sha).map((status) => status.context);
    for (const context of expected.absentStatuses ?? []) expect(contexts).not.toContain(context);

    await playLocally(scenario, async ({ outcome, jobLog }) => {
      const carriedOver = expected.again === undefined ? "with-steps" : "without-steps";
      expect(outcome).toEqual(await serverOutcome(stack, pushed.pipelineId, carriedOver));
      for (const [job, texts] of Object.entries(expected.logs ?? {})) expectInOrder(await jobLog(job), texts);
    });
  },
  90_000,
);

const nodesConfig = `
version: 2.1
jobs:
  nodes:
    parallelism: 2
    docker: [{image: fmg-test/busybox:local}]
    steps:
      - checkout
      - run: echo "node $CIRCLE_NODE_INDEX of $CIRCLE_NODE_TOTAL" >out.txt; exit $CIRCLE_NODE_INDEX
      - run: {command: "circleci tests split names.txt >>out.txt", when: always}
      - store_artifacts: {path: out.txt, when: always}
      - run: echo all of it ran
workflows: {main: {jobs: [nodes]}}
`;

test("each node of a job runs all steps, the one that fails stops no other, and both keep a file of the same path (R-PAR-1, R-PAR-2, R-PAR-4, R-SPLIT-1)", async () => {
  const files = { ".circleci/config.yml": nodesConfig, "names.txt": "c\na\nb\n" };
  const { pipelineId } = await stack.push("octo/nodes", { files });
  await stack.waitForPipeline(pipelineId, "failure");

  const [job, ...others] = await stack.jobs(pipelineId);
  expect(others).toEqual([]);
  expect(job).toMatchObject({
    status: "failure",
    attempts: [
      { nodeIndex: 0, status: "success" },
      { nodeIndex: 1, status: "failure" },
    ],
  });
  const { client } = stack;
  const { items } = await client.listArtifacts({ params: { id: job!.id } });
  const kept = items.map(async ({ id, path, nodeIndex }) => {
    return [`${nodeIndex} ${path}`, await text(Readable.from(client.readArtifact(id)))];
  });
  expect(Object.fromEntries(await Promise.all(kept))).toEqual({
    "0 out.txt": "node 0 of 2\na\nc\n",
    "1 out.txt": "node 1 of 2\nb\n",
  });
}, 90_000);
