import type { Attempt } from "./attempt.ts";
import { endingTimeoutMs, endStep } from "./row/end-steps.ts";
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

  const runningIds = (): string[] =>
    segments(input.plan)
      .flatMap((segment) => (segment.kind === "row" ? segment.steps : []))
      .filter(({ index, step }) => step.background && journal.status(index) === "running")
      .map(({ id }) => id);

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
    // Kept until `end`: a container that is lost is found by the row, too.
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
      for (const segment of segments(input.plan)) {
        if (segment.kind !== "row") continue;
        for (const rowStep of segment.steps) {
          if (rowStep.step.background && journal.status(rowStep.index) === "running") follow(rowStep);
        }
      }
    },
    async end() {
      const timer = setTimeout(() => abandoned.abort(), endingTimeoutMs);
      try {
        await Promise.all(runningIds().map((id) => endStep(attempt, id, "job-end", signal)));
        await Promise.all(followed.values());
      } finally {
        clearTimeout(timer);
      }
      if (trouble !== undefined) throw trouble.cause;
    },
    async abandon() {
      abandoned.abort();
      await Promise.all(followed.values());
    },
  };
}
