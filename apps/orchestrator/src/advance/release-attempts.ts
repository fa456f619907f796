import type { QueuedAttempt } from "@fmg/db";
import { admissible } from "../run/admission.ts";
import { nudge, type Services } from "../services.ts";

/** Hands attempts to the job queue in their order; the queue drops a repeat, and whoever takes one asks for room. */
export function releaseAttempts(
  services: Services,
  waiting: readonly Pick<QueuedAttempt, "attemptId" | "label">[],
): void {
  for (const { attemptId, label } of waiting) nudge(services, { queue: "jobs", label, attemptId });
}

/** Hands over what waited for room and finds some now: after an attempt's end, and at each reconcile. */
export function releaseWaiting(services: Services): void {
  releaseAttempts(services, admissible(services));
}
