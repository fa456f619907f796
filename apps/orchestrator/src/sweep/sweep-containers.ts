import { isFinal } from "@fmg/core";
import { getAttempt } from "@fmg/db";
import { listOwn, removeOwn, type OwnResource } from "@fmg/runner";
import type { Services } from "../services.ts";

/** So long after an attempt's end its own orchestrator, and then the sweep, may still be removing what it had. */
const REMOVED_WITHIN_MS = 60_000;

/** Removes what bears our instance's name and whose attempt has ended, and is kept no longer, or was never known. */
export async function sweepContainers(services: Services): Promise<void> {
  const left = await leftOver(services, 0);
  // Containers first: a volume in use is not removed.
  for (const resource of left.sort((a, b) => a.kind.localeCompare(b.kind))) {
    await removeOwn(services.engine, resource);
    services.log.info({ attemptId: resource.attemptId, resource: resource.name }, "a left-over was removed");
  }
}

/** How many containers and volumes of ours should long be gone. */
export async function countLeaks(services: Services): Promise<number> {
  return (await leaks(services)).length;
}

/** What should be gone since a minute. */
export function leaks(services: Services): Promise<OwnResource[]> {
  return leftOver(services, REMOVED_WITHIN_MS);
}

async function leftOver(services: Services, forMs: number): Promise<OwnResource[]> {
  const own = await listOwn(services.engine, services.instance);
  return own.filter(({ attemptId }) => attemptId !== undefined && isOver(services, attemptId, forMs));
}

function isOver({ db, now }: Services, attemptId: number, forMs: number): boolean {
  const attempt = getAttempt(db, attemptId);
  if (attempt === undefined) return true;
  const endedAt = Math.max(attempt.finishedAt ?? 0, attempt.keptUntil ?? 0);
  return isFinal(attempt.status) && now() - endedAt >= forMs;
}
