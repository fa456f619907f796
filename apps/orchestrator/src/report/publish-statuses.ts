import { dueStatuses, markRefused, markRetry, markSent, takeNamedLease, type OutboxRow } from "@fmg/db";
import { sendStatus, type GitHub } from "@fmg/github";
import { isDeadOwner } from "../run/owner-name.ts";
import type { Services } from "../services.ts";

const LEASE = "statuses";
const LEASE_TTL_MS = 60_000;
const BATCH = 50;
const SEND_TIMEOUT_MS = 20_000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 300_000;

/**
 * Stop 10 of the walk: delivers the statuses that are due. One process delivers at a time, and one status after the
 * other, so that in each context GitHub hears them in the order in which they came to be. Returns when none is due.
 */
export async function publishStatuses(services: Services, signal: AbortSignal): Promise<void> {
  const { github } = services;
  if (github === undefined) return;
  while (!signal.aborted) {
    if (!takeNamedLease(services.db, LEASE, services.owner, services.now(), LEASE_TTL_MS, isDeadOwner))
      return;
    const due = dueStatuses(services.db, services.now(), BATCH);
    if (due.length === 0) return;
    for (const row of due) {
      if (signal.aborted) return;
      await publish(services, github, row, signal);
    }
  }
}

async function publish(
  services: Services,
  github: GitHub,
  row: OutboxRow,
  signal: AbortSignal,
): Promise<void> {
  const { db, log } = services;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
  const answer = await sendStatus(github, row, limited);
  if (signal.aborted) return;
  const now = services.now();
  switch (answer.kind) {
    case "sent":
      markSent(db, row.id, now);
      return;
    case "refused":
      log.error({ sha: row.sha, context: row.context, message: answer.message }, "GitHub refused a status");
      markRefused(db, row.id, answer.message, now);
      return;
    case "retry": {
      const wait = Math.max(answer.afterMs ?? 0, backoff(row.tries));
      log.warn(
        { sha: row.sha, context: row.context, message: answer.message, wait },
        "a status will be sent again",
      );
      markRetry(db, row.id, { message: answer.message, nextAt: now + wait });
    }
  }
}

function backoff(tries: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries, 20));
}
