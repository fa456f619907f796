import type { QueuedAttempt } from "@fmg/db";

/** What one advance brought about. */
export interface Changes {
  /** Jobs that moved. */
  readonly jobs: Set<number>;
  /** Attempts that became queued. */
  readonly attempts: Pick<QueuedAttempt, "attemptId" | "label">[];
  /** Running attempts were asked to stop. */
  stops: boolean;
  /** Workflows that were started again by themselves. */
  readonly reruns: number[];
}
