import { isFinal, isFmgError, type JobOutcome, type Reason, type ReportEvent } from "@fmg/core";

import { openAttempt, type Attempt } from "./attempt.ts";
import { openBackground, type Background } from "./background.ts";
import type { ContainerEngine } from "./engine/container-engine.ts";
import type { JobControl, RunJobInput } from "./job-input.ts";
import { followRow } from "./row/follow-row.ts";
import { assertRunning } from "./row/follow-steps.ts";
import { segments, type Segment } from "./row/segments.ts";
import { setUp } from "./set-up.ts";
import { checkOut } from "./steps/checkout.ts";

const explainTimeoutMs = 10_000;

/**
 * Carries out an attempt, or goes on with one; tells every change to `report`, in order per step and with back-pressure.
 * Resolves with the outcome once all is reported, or with `handed-over` within a second of that signal. Rejects only when
 * `report` does (the container is then left alone, for whoever owns the attempt) or on a bug. Removing the container is the
 * caller's, once the outcome is stored: `removeAttempt`.
 */
export async function runJob(
  engine: ContainerEngine,
  input: RunJobInput,
  report: ReportEvent,
  control: JobControl,
): Promise<JobOutcome | "handed-over"> {
  const attempt = openAttempt(engine, input, report, control);
  const background = openBackground(attempt);
  try {
    await carryOut(attempt, background);
    await leaveOutTheRest(attempt);
    return attempt.stopped() ?? attemptOutcome(attempt);
  } catch (thrown) {
    await background.abandon();
    const failure = attempt.journal.failure();
    if (failure !== undefined) throw failure.cause;
    if (control.handOver.aborted) return "handed-over";
    return await endInError(attempt, await explain(attempt, thrown));
  } finally {
    attempt.close();
  }
}

async function carryOut(attempt: Attempt, background: Background): Promise<void> {
  await setUp(attempt);
  background.resume();
  for (const segment of segments(attempt.input.plan)) {
    if (attempt.stopped() !== undefined && !isUnderWay(attempt, segment)) continue;
    switch (segment.kind) {
      case "row":
        await followRow(attempt, segment.steps, background);
        break;
      case "checkout":
        await checkOut(attempt, segment.index, segment.step);
        break;
    }
  }
  await background.end();
}

/** After a stop only what a predecessor left running is gone into: to end it. */
function isUnderWay({ journal }: Attempt, segment: Segment): boolean {
  const indexes = segment.kind === "row" ? segment.steps.map(({ index }) => index) : [segment.index];
  return indexes.some((index) => journal.status(index) === "running" && !journal.headers[index]!.background);
}

/** Steps that never ran, and after a stop the one that it ended. (R-LIFE-1, R-LIFE-2, R-STAT-7) */
async function leaveOutTheRest(attempt: Attempt): Promise<void> {
  const { journal } = attempt;
  const stop = attempt.stopped();
  for (const { index } of journal.headers) {
    // Without a stop it is a background step that was not seen to end.
    if (journal.status(index) === "running") await endStep(attempt, index, stop ?? endedWithJob);
    else await journal.finished(index, { status: "skipped", reason: "condition_false" });
  }
}

const endedWithJob: JobOutcome = { status: "canceled", message: "Ended with the job." };

/** The job is as good as its steps; what a background step does counts for nothing. (R-STAT-1, R-RUN-3) */
function attemptOutcome({ journal }: Attempt): JobOutcome {
  for (const { index, name, background } of journal.headers) {
    const outcome = journal.outcome(index);
    if (background || outcome === undefined || outcome.status === "success" || outcome.status === "skipped")
      continue;
    const { status, reason, message } = outcome;
    return {
      status,
      ...(reason === undefined ? {} : { reason }),
      message: `Step "${name}": ${message ?? status}`,
    };
  }
  return { status: "success" };
}

/** What looks like a broken container may be one that somebody removed: then that is what happened. */
async function explain(attempt: Attempt, thrown: unknown): Promise<unknown> {
  const isAmbiguous = isFmgError(thrown, "container_failed") || isFmgError(thrown, "step_protocol_failed");
  if (!isAmbiguous || attempt.journal.status(0) === "running") return thrown;
  try {
    await assertRunning(attempt, AbortSignal.timeout(explainTimeoutMs));
  } catch (found) {
    return isFmgError(found, "runner_lost") ? found : thrown;
  }
  return thrown;
}

/** Something of ours broke: the step that ran ends with it, and no further step runs. (R-STAT-5) */
async function endInError(attempt: Attempt, thrown: unknown): Promise<JobOutcome> {
  const { journal } = attempt;
  const outcome = journal.masked(attempt.stopped() ?? errorOutcome(thrown));
  for (const { index } of journal.headers) {
    if (journal.status(index) === "running") await endStep(attempt, index, outcome);
  }
  for (const { index } of journal.headers) {
    if (!isFinal(journal.status(index))) await journal.finished(index, { status: "skipped" });
  }
  return outcome;
}

/** Ends a step that nobody follows any more, with the reason as the last words of its log. */
async function endStep({ journal }: Attempt, index: number, outcome: JobOutcome): Promise<void> {
  await journal.log(index).close(outcome.message ?? outcome.status);
  await journal.finished(index, outcome);
}

function errorOutcome(thrown: unknown): JobOutcome {
  if (!isFmgError(thrown)) throw thrown;
  return { status: "error", reason: errorReason(thrown.code), message: thrown.message };
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
