import { isFinal, isFmgError, type JobOutcome, type Reason } from "@fmg/core";

import { assertRunning } from "./assert-running.ts";
import type { Attempt } from "./attempt.ts";
import { serviceKind } from "./step-headers.ts";

const explainTimeoutMs = 10_000;

/** Steps that never ran, and after a stop the one that it ended. (R-LIFE-1, R-LIFE-2, R-STAT-7) */
export async function leaveOutTheRest(attempt: Attempt): Promise<void> {
  const { journal } = attempt;
  const stop = attempt.stopped();
  for (const { index, kind } of journal.headers) {
    // Without a stop it is a background step or a service that was not seen to end.
    const how = kind === serviceKind ? endedWithJob : (stop ?? endedWithJob);
    if (journal.status(index) === "running") await endStep(attempt, index, how);
    else await journal.finished(index, { status: "skipped", reason: "condition_false" });
  }
}

const endedWithJob: JobOutcome = { status: "canceled", message: "Ended with the job." };

/** The job is as good as its steps; what a background step does counts for nothing. (R-STAT-1, R-RUN-3) */
export function outcomeOfSteps({ journal }: Attempt): JobOutcome {
  for (const { index, name, background } of journal.headers) {
    const outcome = journal.outcome(index);
    if (background || outcome === undefined || outcome.status === "success" || outcome.status === "skipped")
      continue;
    const { status, reason, message } = outcome;
    return {
      status,
      ...(reason === undefined ? {} : { reason }),
      message: [`Step "${name}": ${message ?? status}`, ...deadServices(journal)].join("\n"),
    };
  }
  return { status: "success" };
}

/** A step that failed may have done so because a service was not there any more. */
function deadServices(journal: Attempt["journal"]): string[] {
  return journal.headers
    .filter(({ kind, index }) => kind === serviceKind && journal.outcome(index)?.status === "failure")
    .map(({ index }) => journal.outcome(index)?.message ?? "");
}

/** Something of ours broke: the step that ran ends with it, and no further step runs. (R-STAT-5) */
export async function endInError(attempt: Attempt, thrown: unknown): Promise<JobOutcome> {
  const { journal } = attempt;
  const outcome = journal.masked(attempt.stopped() ?? errorOutcome(await explain(attempt, thrown)));
  for (const { index, kind } of journal.headers) {
    const how = kind === serviceKind ? endedWithJob : outcome;
    if (journal.status(index) === "running") await endStep(attempt, index, how);
  }
  for (const { index } of journal.headers) {
    if (!isFinal(journal.status(index))) await journal.finished(index, { status: "skipped" });
  }
  return outcome;
}

/** What looks like a broken container may be one that somebody removed: then that is what happened. */
async function explain(attempt: Attempt, thrown: unknown): Promise<unknown> {
  const isAmbiguous = isFmgError(thrown, "container_failed") || isFmgError(thrown, "step_protocol_failed");
  if (!isAmbiguous || attempt.journal.status(0) === "running") return thrown;
  try {
    await assertRunning(attempt, AbortSignal.timeout(explainTimeoutMs));
  } catch (found) {
    return isFmgError(found, "runner_lost") || isFmgError(found, "container_failed") ? found : thrown;
  }
  return thrown;
}

/** Ends a step that nobody follows any more, with the reason as the last words of its log. */
async function endStep({ journal }: Attempt, index: number, outcome: JobOutcome): Promise<void> {
  await journal.log(index).close(outcome.message ?? outcome.status);
  await journal.finished(index, outcome);
}

function errorOutcome(thrown: unknown): JobOutcome {
  if (!isFmgError(thrown)) throw thrown;
  if (isOutOfProcesses(thrown.message)) {
    const message = "The step used up the processes that its container may have.";
    return { status: "failure", reason: "step_failed", message };
  }
  return { status: "error", reason: errorReason(thrown.code), message: thrown.message };
}

/**
 * What shells and the runtime say when a container is at its limit of processes: the author's doing, not ours. (REL-7)
 * runc's own first process is refused too, and then it says only that this one hung up.
 */
function isOutOfProcesses(message: string): boolean {
  return /resource temporarily unavailable|can(?:no|')t fork|read init-p: connection reset/i.test(message);
}

function errorReason(code: string): Reason {
  switch (code) {
    case "clone_failed":
    case "disk_full":
    case "docker_unavailable":
    case "image_pull_failed":
    case "runner_lost":
      return code;
    default:
      return "container_failed";
  }
}
