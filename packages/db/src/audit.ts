import type { Instant } from "@fmg/core";
import { desc, sql } from "./drizzle.ts";
import type { Db } from "./open-db.ts";
import { audit } from "./schema.ts";
import { prepared, statement } from "./statements.ts";

/** Who does something that must be answered for. */
export interface Actor {
  readonly tokenId: number | null;
  readonly tokenName: string | null;
  readonly ip: string | null;
}

/** Something that somebody did. */
export interface AuditEntry extends Actor {
  readonly at: Instant;
  /** `debug.open` and the like. */
  readonly action: string;
  /** `attempt 5`. */
  readonly target: string;
  readonly detail: string | null;
}

/** An entry with its number. */
export interface AuditRow extends AuditEntry {
  readonly id: number;
}

const insert = statement(
  `insert into audit (at, token_id, token_name, ip, action, target, detail)
   values (:at, :tokenId, :tokenName, :ip, :action, :target, :detail)`,
);

/** Adds an entry; call it in the transaction of what it tells of. */
export function recordAudit(db: Db, entry: AuditEntry): void {
  insert(db).run(entry);
}

const newest = prepared((orm) =>
  orm
    .select()
    .from(audit)
    .where(sql`${audit.id} < ${sql.placeholder("before")}`)
    .orderBy(desc(audit.id))
    .limit(sql.placeholder("limit"))
    .prepare(),
);

/** The newest entries, or those before one of them. */
export function listAudit(
  db: Db,
  { limit, before = Number.MAX_SAFE_INTEGER }: { limit: number; before?: number | undefined },
): AuditRow[] {
  return newest(db).all({ limit, before });
}
