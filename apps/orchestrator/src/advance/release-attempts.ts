import { pickNext } from "@fmg/core";
import type { QueuedAttempt } from "@fmg/db";
import { nudge, type Services } from "../services.ts";

/** Hands attempts that wait to the job queue, in the order of `core.pickNext`; the queue drops a repeat. */
export function releaseAttempts(services: Services, waiting: readonly QueuedAttempt[]): void {
  const labels = new Map(waiting.map((attempt) => [attempt.attemptId, attempt.label]));
  for (const attemptId of pickNext(waiting, waiting.length)) {
    nudge(services, { queue: "jobs", label: labels.get(attemptId) ?? "default", attemptId });
  }
}
