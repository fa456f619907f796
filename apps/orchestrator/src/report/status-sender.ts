import type { Instant } from "@fmg/core";
import {
  dueStatuses,
  keepQuiet,
  markRefused,
  markRetry,
  markSent,
  nextStatusAt,
  quietUntil,
  takeNamedLease,
  type OutboxRow,
} from "@fmg/db";
import { sendStatus, type SendResult } from "@fmg/github";
import { isDeadOwner } from "@fmg/runner";
import type { Services } from "../services.ts";
import type { Sender } from "./sender.ts";

const LEASE = "statuses";
/** Longer than a send may take, for it is prolonged before each one. */
const LEASE_TTL_MS = 60_000;
const SEND_TIMEOUT_MS = 20_000;
const FIRST_RETRY_MS = 1000;
const FIRST_LIMIT_MS = 60_000;
/** A status is delivered within five minutes of GitHub's recovery. (REL-17) */
const LONGEST_RETRY_MS = 240_000;
/** A token that expired may be replaced, which takes a person: no use in asking every few seconds. */
const WRONG_TOKEN_MS = 240_000;
/** After so many failures in a row GitHub is taken to be ill: every status would wait for its time-out otherwise. */
const FAILURES_OF_ILLNESS = 3;
const LONGEST_ILLNESS_MS = 60_000;

/**
 * Stop 10 of the walk, for commit statuses: one process delivers at a time, and one status after the other, so that in each context GitHub hears
 * them in the order in which they came to be; each is read when its turn comes, so that nothing is sent that something newer
 * has taken the place of. What GitHub asks for in the way of silence is kept for all processes. Without a token statuses are
 * put aside unsent.
 */
export function createStatusSender(
  services: Services,
  { sendTimeoutMs = SEND_TIMEOUT_MS }: { sendTimeoutMs?: number } = {},
): Sender {
  const { db, now, owner, github, log } = services;
  let failures = 0;
  let limits = 0;
  let silentUntil: Instant = 0;

  const deliver = async (signal: AbortSignal): Promise<Instant | undefined> => {
    while (!signal.aborted) {
      if (!takeNamedLease(db, LEASE, owner, now(), LEASE_TTL_MS, isDeadOwner)) return undefined;
      const quiet = Math.max(silentUntil, quietUntil(db, "github"));
      if (quiet > now()) return quiet;
      const [row] = dueStatuses(db, now(), 1);
      if (row === undefined) return nextStatusAt(db);
      await send(row, signal);
    }
    return undefined;
  };

  const send = async (row: OutboxRow, signal: AbortSignal): Promise<void> => {
    if (github === undefined) {
      markRefused(db, row.id, "GITHUB_TOKEN is not set", now());
      return;
    }
    const limited = AbortSignal.any([signal, AbortSignal.timeout(sendTimeoutMs)]);
    const answer = await sendStatus(github, row, limited);
    if (!signal.aborted) note(row, answer);
  };

  const note = (row: OutboxRow, answer: SendResult): void => {
    const about = { sha: row.sha, context: row.context };
    const at = now();
    failures = answer.kind === "retry" ? failures + 1 : 0;
    limits = answer.kind === "limited" ? limits + 1 : 0;
    switch (answer.kind) {
      case "sent":
        markSent(db, row.id, at);
        if (answer.pauseMs !== undefined) keepQuiet(db, "github", at + answer.pauseMs);
        return;
      case "limited": {
        const longer = backoff(answer.told ? FIRST_RETRY_MS : FIRST_LIMIT_MS, limits - 1);
        const nextAt = at + Math.max(answer.pauseMs, longer);
        keepQuiet(db, "github", nextAt);
        markRetry(db, row.id, { message: answer.message, nextAt });
        log.warn({ ...about, message: answer.message, nextAt }, "GitHub asks for silence");
        return;
      }
      case "unauthorized":
        // Not kept in the database: the process that comes next may have another token.
        silentUntil = at + WRONG_TOKEN_MS;
        markRetry(db, row.id, { message: answer.message, nextAt: silentUntil });
        log.error({ ...about, message: answer.message }, "GitHub does not know the token");
        return;
      case "retry": {
        const nextAt = at + backoff(FIRST_RETRY_MS, row.tries);
        markRetry(db, row.id, { message: answer.message, nextAt });
        const ill = backoff(FIRST_RETRY_MS, failures - FAILURES_OF_ILLNESS);
        if (failures >= FAILURES_OF_ILLNESS) silentUntil = at + Math.min(ill, LONGEST_ILLNESS_MS);
        log.warn({ ...about, message: answer.message, nextAt }, "a status will be sent again");
        return;
      }
      case "refused":
        log.error({ ...about, message: answer.message }, "GitHub refused a status");
        markRefused(db, row.id, answer.message, at);
        return;
    }
  };

  return { deliver };
}

function backoff(firstMs: number, tries: number): number {
  return Math.min(LONGEST_RETRY_MS, firstMs * 2 ** Math.min(Math.max(tries, 0), 20));
}
