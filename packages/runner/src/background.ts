import { isFmgError } from "@fmg/core";

import type { Attempt } from "./attempt.ts";
import { endBackgroundStep, endingTimeoutMs } from "./row/end-steps.ts";
import { followSteps } from "./row/follow-steps.ts";
import { segments, type RowStep } from "./row/segments.ts";
import { finishStep } from "./row/step-outcome.ts";

/**
 * The background steps of an attempt. Each is followed by an exec of its own beside the row; it may end whenever it likes
 * without harm to the job, and is ended with it. (R-RUN-3)
 */
export interface Background {
  /** Follows a step from its stored offset on; a step that is followed already, or has ended, is left alone. */
  follow(rowStep: RowStep): void;
  /** Follows those that a predecessor saw running. */
  resume(): void;
  runningIds(): readonly string[];
  /** Ends those that still run, and waits for their last words. */
  end(): Promise<void>;
  /** Stops following; the steps themselves go on. */
  abandon(): Promise<void>;
}

export function openBackground(attempt: Attempt): Background {
  const { journal, input } = attempt;
  const abandoned = new AbortController();
  const signal = AbortSignal.any([attempt.handOver, abandoned.signal]);
  const followed = new Map<string, Promise<void>>();
  let trouble: { cause: unknown } | undefined;

  const steps = segments(input.plan)
    .flatMap((segment) => (segment.kind === "row" ? segment.steps : []))
    .filter(({ step }) => step.background);
  const running = (): RowStep[] => steps.filter(({ index }) => journal.status(index) === "running");
  const runningIds = (): string[] => running().map(({ id }) => id);

  function follow(rowStep: RowStep): void {
    const { id, index } = rowStep;
    if (followed.has(id) || journal.outcome(index) !== undefined) return;
    const following = followSteps(
      attempt,
      {
        ok: true,
        steps: [{ rowStep, mode: "awaited" }],
        onOutput: () => undefined,
        async onFrame(frame) {
          if (frame.kind === "exit") await finishStep(attempt, rowStep, frame, signal);
        },
      },
      signal,
    );
    // Kept until `end`: a container that is lost is found by the row, too, and a failure of `report` by the journal.
    followed.set(
      id,
      following.catch((cause: unknown) => {
        trouble ??= { cause };
      }),
    );
  }

  return {
    follow,
    runningIds,
    resume() {
      for (const rowStep of running()) follow(rowStep);
    },
    async end() {
      const timer = setTimeout(() => abandoned.abort(), endingTimeoutMs);
      try {
        await Promise.all(runningIds().map((id) => endBackgroundStep(attempt, id, signal)));
        await Promise.all(followed.values());
      } catch (cause) {
        trouble ??= { cause };
      } finally {
        clearTimeout(timer);
      }
      // A container that is lost now, or takes too long, harms nobody: the job's own steps have ended.
      const isHarmless = isFmgError(trouble?.cause) || abandoned.signal.aborted;
      if (trouble !== undefined && (!isHarmless || journal.failure() !== undefined)) throw trouble.cause;
    },
    async abandon() {
      abandoned.abort();
      await Promise.all(followed.values());
    },
  };
}
