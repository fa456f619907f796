import type { AttemptId, Instant } from "../ids.ts";

/** An attempt that may run and waits for its turn. */
export interface WaitingAttempt {
  readonly attemptId: AttemptId;
  readonly queuedAt: Instant;
}

/** Which attempts are released next, in order, when `free` places are open: the oldest first. */
export function pickNext(waiting: readonly WaitingAttempt[], free: number): AttemptId[] {
  return [...waiting]
    .sort((a, b) => a.queuedAt - b.queuedAt || a.attemptId - b.attemptId)
    .slice(0, Math.max(0, free))
    .map((attempt) => attempt.attemptId);
}
