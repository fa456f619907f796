import { heldJobMove } from "@fmg/core";
import { moveJob, type LoadedWorkflow } from "@fmg/db";
import type { Services } from "../services.ts";

/** Lets holds go that were approved, and ends those whose time is over. Tells whether any moved. (R-APR-3) */
export function releaseHolds(
  services: Services,
  { jobs }: LoadedWorkflow,
  changes: { readonly jobs: Set<number> },
): boolean {
  const { db, settings } = services;
  const now = services.now();
  let moved = false;
  for (const { job } of jobs) {
    if (job.status !== "on_hold") continue;
    const { heldAt, approval } = job;
    const hold = { heldAt: heldAt ?? job.createdAt, approval };
    const move = heldJobMove(hold, { now, expiresAfterMs: settings.approvalExpiresAfterMs });
    if (move === undefined || !moveJob(db, job.id, "on_hold", { ...move, at: now })) continue;
    changes.jobs.add(job.id);
    moved = true;
  }
  return moved;
}
