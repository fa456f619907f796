import { randomBytes } from "node:crypto";
import type { BuildJobPlan, ReportEvent, StepPlan } from "@fmg/core";
import { aJob } from "@fmg/core/testing";
import { removeAttempt, runJob, type ContainerEngine, type JobStores } from "@fmg/runner";
import { memoryStores } from "@fmg/runner/testing";

/** What the measured jobs are labelled with. */
export const instance = `test-${randomBytes(4).toString("hex")}`;
let attempts = 0;

/** One attempt of steps on an image, without a server: only the runner is measured. */
export interface BareAttempt {
  readonly image: string;
  readonly steps: readonly StepPlan[];
  readonly report?: ReportEvent;
  readonly secrets?: Parameters<typeof runJob>[1]["secrets"];
  readonly stores?: JobStores;
}

/** Milliseconds from the creation of the attempt's container to its result; the removal follows unmeasured. */
export async function timeAttempt(engine: ContainerEngine, attempt: BareAttempt): Promise<number> {
  const attemptId = ++attempts;
  const never = new AbortController().signal;
  const began = performance.now();
  const outcome = await runJob(
    engine,
    {
      instance,
      attemptId,
      jobId: attemptId,
      epoch: 1,
      plan: planOf(attempt),
      builtins: [],
      secrets: attempt.secrets ?? [],
      progress: [],
      source: { asTar: () => (async function* () {})() },
      stores: attempt.stores ?? memoryStores(),
      limits: {
        cpus: 2,
        memoryBytes: 2 ** 30,
        pids: 1024,
        maxLogBytesPerStep: 2 ** 30,
        jobTimeoutMs: 600_000,
      },
      containerPolicy: { pull: "if-not-present", serviceWaitMs: 20_000 },
      notices: [],
      trusted: true,
    },
    attempt.report ?? (async () => {}),
    { handOver: never, cancel: never },
  );
  const took = performance.now() - began;
  await removeAttempt(engine, instance, attemptId);
  if (outcome === "handed-over" || outcome.status !== "success")
    throw new Error(`the measured job did not succeed: ${JSON.stringify(outcome)}`);
  return took;
}

function planOf({ image, steps }: BareAttempt): BuildJobPlan {
  const range = { file: "bench", start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
  return aJob("bench", {
    executor: { kind: "docker", images: [{ image, environment: [], range }], range },
    steps,
  });
}
