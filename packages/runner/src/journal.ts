import {
  isFinal,
  type Instant,
  type JobEvent,
  type JobOutcome,
  type ReportEvent,
  type Status,
  type StepHeader,
  type StepProgress,
} from "@fmg/core";

import { maskWhole } from "./output/masker.ts";
import { openStepLog, type StepLog } from "./output/step-log.ts";

/**
 * What is known of an attempt's steps, and the one door to `report`. Telling it the same thing twice does nothing, since the
 * follower of a row repeats itself after each attach.
 */
export interface Journal {
  readonly headers: readonly StepHeader[];
  status(index: number): Status;
  /** How a finished step ended. */
  outcome(index: number): (JobOutcome & { readonly exitCode?: number }) | undefined;
  /** When the step last gave a sign of life that a predecessor stored. */
  lastSignOfLife(index: number): Instant | undefined;
  log(index: number): StepLog;
  /** Adds a line of the runner's own to a step's log, after those that are under way. */
  say(index: number, line: string): Promise<void>;
  started(index: number): Promise<void>;
  finished(
    index: number,
    outcome: JobOutcome,
    measured?: { readonly exitCode?: number; readonly durationMs?: number },
  ): Promise<void>;
  /** The outcome as it may be shown: what the daemon or a shell said may have a secret in it. */
  masked(outcome: JobOutcome): JobOutcome;
  /** A text of the job's that is stored, such as the name of a file. */
  maskedText(text: string): string;
  /** `position` is the image's place in `docker:`. */
  imageResolved(resolved: Omit<Extract<JobEvent, { kind: "image-resolved" }>, "kind">): Promise<void>;
  /** Grows with everything that is reported: tells a stream that brings nothing new from one that does. */
  eventCount(): number;
  /** Set once `report` failed: whoever owns the attempt cannot hear us any more. */
  failure(): { readonly cause: unknown } | undefined;
}

export interface JournalOptions {
  readonly report: ReportEvent;
  readonly needles: readonly Buffer[];
  readonly maxLogBytes: number;
}

export function openJournal(
  headers: readonly StepHeader[],
  progress: readonly StepProgress[],
  options: JournalOptions,
): Journal {
  const known = new Map(progress.map((step) => [step.index, step]));
  const statuses = new Map<number, Status>(progress.map((step) => [step.index, step.status]));
  const outcomes = new Map<number, JobOutcome & { exitCode?: number }>();
  for (const step of progress) {
    const { status, index, reason, message, exitCode } = step;
    if (!isFinal(status)) continue;
    outcomes.set(index, {
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
      ...(exitCode === undefined ? {} : { exitCode }),
    });
  }
  const logs = new Map<number, StepLog>();
  /** The last line of each step that is on its way. */
  const said = new Map<number, Promise<void>>();
  let eventCount = 0;
  let failure: { cause: unknown } | undefined;

  async function tell(event: JobEvent): Promise<void> {
    eventCount++;
    try {
      await options.report(event);
    } catch (cause) {
      failure ??= { cause };
      throw cause;
    }
  }

  const status = (index: number): Status => statuses.get(index) ?? "pending";

  function log(index: number): StepLog {
    const existing = logs.get(index);
    if (existing !== undefined) return existing;
    const opened = openStepLog({
      offset: known.get(index)?.rawOffset ?? 0,
      needles: options.needles,
      maxBytes: options.maxLogBytes,
      emit: (bytes, rawOffset) => tell({ kind: "log", step: index, bytes, rawOffset, at: Date.now() }),
    });
    logs.set(index, opened);
    return opened;
  }

  const maskedText = (text: string): string => maskWhole(text, options.needles);

  function masked(outcome: JobOutcome): JobOutcome {
    return outcome.message === undefined ? outcome : { ...outcome, message: maskedText(outcome.message) };
  }

  return {
    headers,
    status,
    log,
    masked,
    maskedText,
    outcome: (index) => outcomes.get(index),
    lastSignOfLife: (index) => known.get(index)?.lastOutputAt ?? known.get(index)?.startedAt,
    eventCount: () => eventCount,
    failure: () => failure,
    say(index, line) {
      const before = said.get(index) ?? Promise.resolve();
      const now = before.then(async () => {
        await log(index).write(Buffer.from(`${line}\n`));
        await log(index).flush();
      });
      said.set(index, now);
      return now;
    },
    async started(index) {
      if (status(index) !== "pending") return;
      statuses.set(index, "running");
      await tell({ kind: "step-started", step: index, at: Date.now() });
    },
    async finished(index, unmasked, measured = {}) {
      if (isFinal(status(index))) return;
      const outcome = masked(unmasked);
      statuses.set(index, outcome.status);
      const { exitCode } = measured;
      outcomes.set(index, exitCode === undefined ? outcome : { ...outcome, exitCode });
      await tell({ kind: "step-finished", step: index, outcome, ...measured, at: Date.now() });
    },
    imageResolved: (resolved) => tell({ kind: "image-resolved", ...resolved }),
  };
}
