import type { Instant } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";

/*
 * Receivers that asked to be left alone. It stands in the database, so that neither another process nor a successor sends
 * before the time is over; a row of `leases` whose owner nobody is.
 */

const put = statement(
  `insert into leases (name, owner, expires_at) values ('quiet:' || :receiver, 'nobody', :until)
   on conflict (name) do update set expires_at = max(expires_at, :until)`,
);

/** Nothing is sent to the receiver before `until`. A longer wish that stands already goes on. */
export function keepQuiet(db: Db, receiver: string, until: Instant): void {
  put(db).run({ receiver, until });
}

const find = statement("select expires_at as until from leases where name = 'quiet:' || :receiver");

/** Until when nothing is sent to the receiver; a time in the past where it may be. */
export function quietUntil(db: Db, receiver: string): Instant {
  const row = find(db).get({ receiver }) as { until: Instant } | undefined;
  return row?.until ?? 0;
}
