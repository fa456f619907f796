import { aJob, aWorkflow } from "@fmg/core/testing";
import {
  acceptDelivery,
  claimAttempt,
  commitCheckpoints,
  createAttempts,
  finishAttempt,
  listJobs,
  moveJob,
  moveStep,
  setSteps,
  storePlan,
} from "@fmg/db";
import { aPush } from "@fmg/db/testing";
import type { TestApi } from "./start-api.ts";

type Parts = Pick<TestApi, "db" | "logs" | "live">;

/** A job whose attempt runs: what an orchestrator would write, for tests of those who read it. */
export interface RunningJob {
  readonly pipelineId: number;
  readonly jobId: number;
  readonly attemptId: number;
  /** Appends to a step's log, commits the new length, and tells it. */
  write(step: number, text: string | Uint8Array): Promise<void>;
  /** Appends without committing: no reader may see it. */
  writeUncommitted(step: number, text: string): Promise<void>;
  begin(step: number): void;
  end(step: number, exitCode?: number): void;
  finish(status?: "success" | "failure"): void;
}

const owner = "owner";
const epoch = 1;

/** Stores a pipeline with one job, compiled but not started. */
export function waitingJob(
  { db }: Pick<Parts, "db">,
  deliveryId = "delivery-1",
): { pipelineId: number; jobId: number } {
  const { pipelineId } = acceptDelivery(db, aPush({ deliveryId }));
  storePlan(
    db,
    pipelineId,
    { workflows: [aWorkflow(aJob("build"))], setup: false },
    { warnings: [], now: 2_000 },
  );
  const [first] = listJobs(db, { pipelineId });
  if (first === undefined) throw new Error("the plan has a job");
  return { pipelineId, jobId: first.job.id };
}

/** Starts a waiting job's attempt with these steps; a name that begins with "&" is a background step's. */
export function startJob(
  parts: Parts,
  job: { pipelineId: number; jobId: number },
  names: readonly string[],
): RunningJob {
  const { db, logs, live } = parts;
  const { pipelineId, jobId } = job;
  moveJob(db, jobId, "blocked", { status: "queued", at: 3_000 });
  const [attemptId] = createAttempts(db, jobId, { nodeTotal: 1, now: 3_000, label: "default" });
  if (attemptId === undefined) throw new Error("the job has an attempt");
  claimAttempt(db, attemptId, owner, 4_000, 60_000);
  moveJob(db, jobId, "queued", { status: "running", at: 4_000 });
  setSteps(
    db,
    attemptId,
    epoch,
    names.map((name, index) => ({ index, name, kind: "run", background: name.startsWith("&") })),
  );
  const stored = names.map(() => 0);
  const tell = (kind: "log" | "status"): void => live.publish({ pipelineId, attemptId, kind });
  return {
    pipelineId,
    jobId,
    attemptId,
    async write(step, text) {
      const bytes = Buffer.from(text);
      const offset = stored[step] ?? 0;
      await logs.append(attemptId, step, offset, bytes);
      stored[step] = offset + bytes.length;
      const length = stored[step];
      commitCheckpoints(db, [{ attemptId, step, epoch, rawOffset: length, storedLength: length, at: 5_000 }]);
      tell("log");
    },
    async writeUncommitted(step, text) {
      await logs.append(attemptId, step, stored[step] ?? 0, Buffer.from(text));
      tell("log");
    },
    begin(step) {
      moveStep(db, { attemptId, index: step, epoch }, "pending", { status: "running", at: 4_500 });
      tell("status");
    },
    end(step, exitCode = 0) {
      const status = exitCode === 0 ? "success" : "failure";
      moveStep(db, { attemptId, index: step, epoch }, "running", { status, at: 6_000, exitCode });
      tell("status");
    },
    finish(status = "success") {
      finishAttempt(db, { attemptId, epoch }, { status, at: 7_000 });
      tell("status");
    },
  };
}

/** A running job with these steps. */
export function runningJob(parts: Parts, names: readonly string[]): RunningJob {
  return startJob(parts, waitingJob(parts), names);
}
