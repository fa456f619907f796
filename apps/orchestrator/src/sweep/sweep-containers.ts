import { isFinal } from "@fmg/core";
import { getAttempt } from "@fmg/db";
import { listOwn, removeAttempt } from "@fmg/runner";
import type { Services } from "../services.ts";

/** Removes what bears our instance's name and whose attempt has ended or was never known. */
export async function sweepContainers(services: Services): Promise<void> {
  for (const attemptId of await ownedAttempts(services)) {
    const attempt = getAttempt(services.db, attemptId);
    if (attempt !== undefined && !isFinal(attempt.status)) continue;
    await removeAttempt(services.engine, services.instance, attemptId);
    services.log.info({ attemptId }, "a left-over container was removed");
  }
}

async function ownedAttempts(services: Services): Promise<Set<number>> {
  const own = await listOwn(services.engine, services.instance);
  return new Set(own.flatMap(({ attemptId }) => (attemptId === undefined ? [] : [attemptId])));
}
