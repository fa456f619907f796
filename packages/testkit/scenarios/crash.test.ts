import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { awaitState } from "../src/await-state.ts";
import { startStack, type Stack } from "../src/stack.ts";

const long = process.env["FMG_LONG"] === "1";
const KILLS = long ? 200 : 20;

let stack: Stack | undefined;
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
}, 120_000);

/**
 * Steps that talk for a second in text and in random bytes. Each leaves a line in a ledger, so that a command that ran
 * twice is seen; the last step prints the ledger and the digests of what was written.
 */
const config = `version: 2.1
jobs:
  build:
    docker:
      - image: fmg-test/busybox:local
    steps:
      - checkout
${["a", "b"].map(talkingStep).join("")}      - run:
          name: report
          command: cat /tmp/ledger; sha256sum /tmp/said-a /tmp/said-b
workflows:
  main:
    jobs:
      - build
`;

function talkingStep(name: string): string {
  return `      - run:
          name: ${name}
          command: |
            echo "${name} ran" >>/tmp/ledger
            i=0
            while [ $i -lt 12 ]; do
              i=$((i + 1))
              { echo "line $i of ${name}: äöü"; head -c 3000 /dev/urandom; } | tee -a /tmp/said-${name}
              sleep 0.08
            done
`;
}

interface StepView {
  readonly index: number;
  readonly name: string;
  readonly status: string;
}

async function newestAttempt(jobId: number): Promise<number | undefined> {
  const { items } = await stack!.get<{ items: readonly { id: number }[] }>(`/jobs/${jobId}/attempts`);
  return items.at(-1)?.id;
}

async function stepsOf(
  pipelineId: number,
): Promise<{ attemptId: number; steps: readonly StepView[] } | undefined> {
  const [job] = await stack!.jobs(pipelineId);
  const attemptId = job === undefined ? undefined : await newestAttempt(job.id);
  if (attemptId === undefined) return undefined;
  const { items } = await stack!.get<{ items: readonly StepView[] }>(`/attempts/${attemptId}/steps`);
  return { attemptId, steps: items };
}

/** Waits until a talking step of the pipeline runs. */
async function inMidStep(pipelineId: number): Promise<void> {
  await awaitState({
    what: `pipeline ${pipelineId} to be in mid-step`,
    read: () => stepsOf(pipelineId),
    judge: (found) =>
      (found?.steps.some(({ name, status }) => ["a", "b"].includes(name) && status === "running") ?? false)
        ? "reached"
        : "waiting",
    deadlineMs: 60_000,
  });
}

/** Every byte once, every command once, the right order, the right result. */
async function expectWholeLog(pipelineId: number): Promise<void> {
  const found = await stepsOf(pipelineId);
  const stored = new Map<string, Buffer>();
  for (const step of found!.steps) {
    const file = join(stack!.dataDir, "logs", String(found!.attemptId), `${step.index}.log`);
    stored.set(step.name, await readFile(file).catch(() => Buffer.alloc(0)));
    expect({ step: step.name, status: step.status }).toEqual({ step: step.name, status: "success" });
  }
  const report = stored.get("report")!.toString();
  const digest = (name: string) => createHash("sha256").update(stored.get(name)!).digest("hex");
  expect(report).toBe(`a ran\nb ran\n${digest("a")}  /tmp/said-a\n${digest("b")}  /tmp/said-b\n`);
}

test(
  `the orchestrator may be killed ${KILLS} times in mid-step: each log has every byte once, and each command ran once`,
  async () => {
    stack = await startStack({ env: { FMG_CONCURRENCY: "3" } });
    const pipelines: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const { pipelineId } = await stack.push("octo/crash", {
        files: { ".circleci/config.yml": config, n: `${kill}` },
      });
      pipelines.push(pipelineId);
      await inMidStep(pipelineId);
      await stack.killOrchestrator();
      await stack.startOrchestrator();
    }
    for (const pipelineId of pipelines) {
      await stack.waitForPipeline(pipelineId, "success", 300_000);
      await expectWholeLog(pipelineId);
    }
  },
  KILLS * 45_000 + 60_000,
);

test("a flush of Redis in mid-pipeline loses nothing", async () => {
  stack = await startStack({ redis: "own", env: { FMG_CONCURRENCY: "1" } });
  const pipelines: number[] = [];
  for (const n of ["1", "2", "3"]) {
    const { pipelineId } = await stack.push("octo/flush", { files: { ".circleci/config.yml": config, n } });
    pipelines.push(pipelineId);
  }
  await inMidStep(pipelines[0]!);
  await stack.redis!.flush();
  for (const pipelineId of pipelines) {
    await stack.waitForPipeline(pipelineId, "success", 90_000);
    await expectWholeLog(pipelineId);
  }
}, 180_000);

test("the whole stack may be killed in mid-pipeline and started again", async () => {
  stack = await startStack({ env: { FMG_CONCURRENCY: "1" } });
  const first = await stack.push("octo/restart", { files: { ".circleci/config.yml": config, n: "1" } });
  const second = await stack.push("octo/restart", { files: { ".circleci/config.yml": config, n: "2" } });
  await inMidStep(first.pipelineId);
  await stack.killOrchestrator();
  await stack.restartApi();
  await stack.startOrchestrator();
  for (const { pipelineId, sha } of [first, second]) {
    await stack.waitForPipeline(pipelineId, "success", 90_000);
    await expectWholeLog(pipelineId);
    await stack.github.waitForStatus({ sha, context: "fmg", state: "success" }, 20_000);
  }
}, 180_000);

test("SIGTERM hands over: it exits with 0 within 5 s, the step goes on, and a successor finishes the log", async () => {
  stack = await startStack();
  const { pipelineId } = await stack.push("octo/hand-over", { files: { ".circleci/config.yml": config } });
  await inMidStep(pipelineId);
  expect(await stack.orchestrator.stop(5000)).toBe(0);
  await stack.startOrchestrator();
  await stack.waitForPipeline(pipelineId, "success");
  await expectWholeLog(pipelineId);
}, 120_000);
