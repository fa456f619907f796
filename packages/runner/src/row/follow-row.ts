import { FmgError, isFinal, type JobOutcome } from "@fmg/core";

import type { Attempt } from "../attempt.ts";
import type { Background } from "../background.ts";
import { cancelSteps, endingTimeoutMs, endSilentStep } from "./end-steps.ts";
import { followSteps } from "./follow-steps.ts";
import { openOutputWatch } from "./output-watch.ts";
import type { RowStep } from "./segments.ts";
import { finishStep } from "./step-outcome.ts";

/**
 * Carries out a row of `run` steps, or goes on with one. The container itself walks the row; here its frames become events, a
 * silent step is ended after its `no_output_timeout`, and a stop of the job ends the row.
 */
export async function followRow(
  attempt: Attempt,
  row: readonly RowStep[],
  background: Background,
): Promise<void> {
  const { journal, stop } = attempt;
  if (row.every(({ index }) => journal.status(index) !== "pending" && isSettled(attempt, index))) return;
  const given = new AbortController();
  const signal = AbortSignal.any([attempt.handOver, given.signal]);
  const endings: Promise<unknown>[] = [];
  const patience = new Map<"row" | RowStep["index"], NodeJS.Timeout>();

  /** Ends the row, or the step of that index; if that takes too long, gives up on the stream. */
  function end(what: "row" | RowStep["index"], work: Promise<void>, givingUp: Error): void {
    patience.set(
      what,
      setTimeout(() => given.abort(givingUp), endingTimeoutMs),
    );
    // A container that takes no more commands is found by the timer.
    endings.push(work.catch(() => undefined));
  }

  const watch = openOutputWatch((index) => {
    const { id } = row.find((rowStep) => rowStep.index === index)!;
    const stuck = new FmgError("container_failed", "A step that was silent for too long could not be ended.");
    end(index, endSilentStep(attempt, { id, bytes: journal.log(index).received() }, signal), stuck);
  });
  const onStop = (): void => {
    const ids = [...row.map(({ id }) => id), ...background.runningIds()];
    end("row", cancelSteps(attempt, ids, signal), new StopTookTooLong());
  };
  stop.addEventListener("abort", onStop, { once: true });
  if (stop.aborted) onStop();

  try {
    const ok = isOkBefore(attempt, row[0]!.index);
    await followSteps(
      attempt,
      {
        ok,
        steps: row.map((rowStep) => ({ rowStep, mode: rowStep.step.background ? "started" : "awaited" })),
        onOutput({ index, step }) {
          watch.alive();
          if (step.maxAutoReruns === 0 || !patience.has(index)) return;
          // Its next try, or the end of this one, speaks: that is watched like the first.
          clearTimeout(patience.get(index));
          patience.delete(index);
          watch.watch(index, step.noOutputTimeoutMs, 0);
        },
        async onFrame(frame, rowStep) {
          const { index, step } = rowStep;
          switch (frame.kind) {
            case "start": {
              const silentFor = silentForMs(attempt, index);
              await journal.started(index);
              if (step.background) background.follow(rowStep);
              else if (!isFinal(journal.status(index))) watch.watch(index, step.noOutputTimeoutMs, silentFor);
              break;
            }
            case "exit":
              watch.stop();
              clearTimeout(patience.get(index));
              await finishStep(attempt, rowStep, frame, signal);
              break;
            case "skip":
              await journal.finished(index, skipped(attempt, rowStep));
              break;
          }
        },
      },
      signal,
    );
  } catch (thrown) {
    if (!(given.signal.reason instanceof StopTookTooLong))
      throw given.signal.aborted ? given.signal.reason : thrown;
  } finally {
    stop.removeEventListener("abort", onStop);
    watch.stop();
    for (const timer of patience.values()) clearTimeout(timer);
    given.abort();
    await Promise.all(endings);
  }
}

/** The job is over all the same: removing the container ends what is left. */
class StopTookTooLong extends Error {}

function isSettled({ journal }: Attempt, index: number): boolean {
  return isFinal(journal.status(index)) || journal.headers[index]!.background;
}

/** A successor goes on with the silence that its predecessor saw; what it hears itself, `alive` tells. */
function silentForMs({ journal }: Attempt, index: number): number {
  const lastSign = journal.status(index) === "running" ? journal.lastSignOfLife(index) : undefined;
  return lastSign === undefined ? 0 : Math.max(0, Date.now() - lastSign);
}

/** Whether the steps before this one leave the job ok; what a background step does counts for nothing. (R-STAT-1) */
export function isOkBefore({ journal }: Attempt, index: number): boolean {
  return !journal.headers.some(
    (header) =>
      header.index < index &&
      !header.background &&
      ["failure", "error", "canceled"].includes(journal.status(header.index)),
  );
}

function skipped(attempt: Attempt, { index, step }: RowStep): JobOutcome {
  const ok = isOkBefore(attempt, index);
  const wasDue = step.when === "always" || (step.when === "on_success") === ok;
  if (!wasDue || attempt.stopped() !== undefined) return { status: "skipped", reason: "condition_false" };
  return { status: "skipped", reason: "halted", message: "An earlier step halted the job." };
}
