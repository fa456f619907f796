import { reachOfCancel, workflowLifeMs, type Cancellation } from "@fmg/core";
import {
  moveAttempt,
  moveJob,
  requestCancel,
  requestStop,
  type AttemptRow,
  type JobRow,
  type LoadedWorkflow,
  type WorkflowRow,
} from "@fmg/db";
import type { Services } from "../services.ts";
import type { Changes } from "./changes.ts";

/**
 * Carries out the wishes to cancel a workflow or single jobs of it. It comes before anything else of an advance: what
 * waits for a canceled job of a canceled workflow ends with it, and never starts. (R-WST-4, R-WST-5)
 */
export function cancelJobs(
  services: Services,
  { workflow, jobs }: LoadedWorkflow,
  changes: Changes,
): boolean {
  let progressed = false;
  for (const { job, attempts } of jobs) {
    const wish = job.cancellation ?? workflow.cancellation;
    if (wish === null) continue;
    switch (reachOfCancel(job.status, attempts.length > 0)) {
      case "nothing":
        break;
      case "ends":
        if (!moveJob(services.db, job.id, job.status, canceled(services, wish))) break;
        changes.jobs.add(job.id);
        progressed = true;
        break;
      case "stops-attempts":
        if (stopAttempts(services, { job, attempts, wish }, changes)) progressed = true;
    }
  }
  return progressed;
}

/** Nothing goes on for ever: a workflow that has not ended for 90 days is canceled. (R-WST-3) */
export function cancelOverdue({ db, now }: Services, { id, createdAt, cancellation }: WorkflowRow): boolean {
  if (cancellation !== null || now() - createdAt < workflowLifeMs) return false;
  const message = "it did not end within 90 days";
  return (
    requestCancel(db, { workflowId: id }, { at: now(), reason: "waited_too_long", message }) !== undefined
  );
}

/** Attempts that wait end at once; those that run are asked to, and their owner is told. */
function stopAttempts(
  services: Services,
  { job, attempts, wish }: { job: JobRow; attempts: readonly AttemptRow[]; wish: Cancellation },
  changes: Changes,
): boolean {
  let ended = false;
  for (const { id, status } of attempts) {
    if (status !== "queued") continue;
    if (moveAttempt(services.db, { attemptId: id }, "queued", canceled(services, wish))) ended = true;
  }
  if (requestStop(services.db, job.id, wish).length > 0) changes.stops = true;
  return ended;
}

function canceled({ now }: Services, { reason, message }: Cancellation) {
  return { status: "canceled", reason, message, at: now() } as const;
}
