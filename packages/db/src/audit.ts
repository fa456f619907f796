import { createHash } from "node:crypto";
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
  /** Of what was there before and after, as `hashOf` makes it; left out where nothing was or is. */
  readonly beforeHash?: string | null;
  readonly afterHash?: string | null;
}

/** An entry with its number. */
export interface AuditRow extends Required<AuditEntry> {
  readonly id: number;
}

/** FMG itself, which has no token. */
export const fmgItself: Actor = { tokenId: null, tokenName: null, ip: null };

/** What the book keeps of a thing's content. Never of a plain secret: short ones could be guessed from it. */
export function hashOf(stored: string | Uint8Array): string {
  return createHash("sha256").update(stored).digest("hex");
}

const insert = statement(
  `insert into audit (at, token_id, token_name, ip, action, target, detail, before_hash, after_hash)
   values (:at, :tokenId, :tokenName, :ip, :action, :target, :detail, :beforeHash, :afterHash)`,
);

/** Adds an entry; call it in the transaction of what it tells of. */
export function recordAudit(db: Db, entry: AuditEntry): void {
  insert(db).run({ beforeHash: null, afterHash: null, ...entry });
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
