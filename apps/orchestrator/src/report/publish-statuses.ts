import type { Instant } from "@fmg/core";
import {
  dueStatuses,
  markRefused,
  markRetry,
  markSent,
  nextStatusAt,
  takeNamedLease,
  type OutboxRow,
} from "@fmg/db";
import { sendStatus } from "@fmg/github";
import { isDeadOwner } from "../run/owner-name.ts";
import type { Services } from "../services.ts";

const LEASE = "statuses";
const LEASE_TTL_MS = 60_000;
const BATCH = 50;
const SEND_TIMEOUT_MS = 20_000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 300_000;

/** What is left after a round of deliveries. */
export interface PublishedStatuses {
  /** When the next status is due; undefined when none is left, or another process delivers them. */
  readonly nextAt: Instant | undefined;
  /** GitHub asked for silence until then: nothing may be sent before. */
  readonly silent: boolean;
}

const nothingLeft: PublishedStatuses = { nextAt: undefined, silent: false };

/**
 * Stop 10 of the walk: delivers the statuses that are due. One process delivers at a time, and one status after the
 * other, so that in each context GitHub hears them in the order in which they came to be. Without a token they are put
 * aside unsent.
 */
export async function publishStatuses(services: Services, signal: AbortSignal): Promise<PublishedStatuses> {
  const { db, now, owner } = services;
  while (!signal.aborted) {
    if (!takeNamedLease(db, LEASE, owner, now(), LEASE_TTL_MS, isDeadOwner)) return nothingLeft;
    const due = dueStatuses(db, now(), BATCH);
    if (due.length === 0) return { nextAt: nextStatusAt(db), silent: false };
    for (const row of due) {
      const pauseMs = await publish(services, row, signal);
      if (signal.aborted) return nothingLeft;
      if (pauseMs !== undefined) return { nextAt: now() + pauseMs, silent: true };
    }
  }
  return nothingLeft;
}

/** Delivers one status. Returns how long GitHub wants to hear nothing at all, where it said so. */
async function publish(services: Services, row: OutboxRow, signal: AbortSignal): Promise<number | undefined> {
  const { db, github, log } = services;
  if (github === undefined) {
    markRefused(db, row.id, "GITHUB_TOKEN is not set", services.now());
    return undefined;
  }
  const limited = AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
  const answer = await sendStatus(github, row, limited);
  if (signal.aborted) return undefined;
  const at = services.now();
  const about = { sha: row.sha, context: row.context };
  switch (answer.kind) {
    case "sent":
      markSent(db, row.id, at);
      return undefined;
    case "refused":
      log.error({ ...about, message: answer.message }, "GitHub refused a status");
      markRefused(db, row.id, answer.message, at);
      return undefined;
    case "retry": {
      const wait = Math.max(answer.afterMs ?? 0, backoff(row.tries));
      log.warn({ ...about, message: answer.message, wait }, "a status will be sent again");
      markRetry(db, row.id, { message: answer.message, nextAt: at + wait });
      return answer.afterMs === undefined ? undefined : wait;
    }
  }
}

function backoff(tries: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries, 20));
}
