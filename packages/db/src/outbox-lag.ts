import type { Instant } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";

/** How far the commits lag behind what is known here. */
export interface StatusLag {
  /** The age of the oldest status that is not sent; 0 when none waits. */
  readonly waitingMs: number;
  /** The longest time from a change to its delivery, among the last two hundred. */
  readonly sentMs: number;
}

const lag = statement(
  `select coalesce((select :now - min(created_at) from outbox where status = 'pending'), 0) as waitingMs,
          coalesce((select max(sent_at - created_at) from outbox
                    where id > (select max(id) - 200 from outbox) and status = 'sent'), 0) as sentMs`,
);

/** The lag of commit statuses; it costs by what waits, not by what was ever sent. */
export function statusLag(db: Db, now: Instant): StatusLag {
  return lag(db).get({ now }) as StatusLag;
}
