import type { AttemptId, Instant } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";

/*
 * Attempts whose containers outlive them, so that a person can look at what went wrong.
 */

const wish = statement(
  "update attempts set keep_for_ms = :forMs where id = :attemptId and finished_at is null",
);

/** Wishes that the container of an attempt is kept when it fails. False when it has ended already. */
export function requestKeep(db: Db, attemptId: number, forMs: number): boolean {
  return wish(db).run({ attemptId, forMs }).changes === 1;
}

const keep = statement("update attempts set kept_until = :until where id = :attemptId");

/** Keeps the container of an attempt that has just ended. */
export function keepUntil(db: Db, attemptId: number, until: Instant): void {
  keep(db).run({ attemptId, until });
}

const prolong = statement(
  `update attempts set kept_until = max(kept_until, :until) where id = :attemptId and kept_until > :now`,
);

/** Keeps a kept attempt's container until then at least. False when it is not kept any more. */
export function prolongKeep(
  db: Db,
  attemptId: number,
  { until, now }: { until: Instant; now: Instant },
): boolean {
  return prolong(db).run({ attemptId, until, now }).changes === 1;
}

const kept = statement("select id from attempts where kept_until > :now order by id");

/** Attempts whose containers are kept now. */
export function keptAttempts(db: Db, now: Instant): AttemptId[] {
  return (kept(db).all({ now }) as { id: AttemptId }[]).map(({ id }) => id);
}
