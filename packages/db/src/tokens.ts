import type { Instant } from "@fmg/core";
import { fmgItself, recordAudit } from "./audit.ts";
import { asc, eq, sql } from "./drizzle.ts";
import type { Db } from "./open-db.ts";
import type { TokenRow } from "./rows.ts";
import { tokens, type TokenScope } from "./schema.ts";
import { prepared, statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";

/** The token that the server makes, or is given, for itself. */
const ADMIN_NAME = "server admin";

const columns = {
  id: tokens.id,
  name: tokens.name,
  scopes: tokens.scopes,
  createdAt: tokens.createdAt,
  revokedAt: tokens.revokedAt,
};

const byHash = prepared((orm) =>
  orm
    .select(columns)
    .from(tokens)
    .where(eq(tokens.hash, sql.placeholder("hash")))
    .prepare(),
);

/** The token of a hash, unless it is revoked. */
export function findToken(db: Db, hash: string): TokenRow | undefined {
  const token = byHash(db).get({ hash });
  return token?.revokedAt === null ? token : undefined;
}

const insert = prepared((orm) =>
  orm
    .insert(tokens)
    .values({
      name: sql.placeholder("name"),
      hash: sql.placeholder("hash"),
      scopes: sql.placeholder("scopes"),
      createdAt: sql.placeholder("now"),
    })
    .returning(columns)
    .prepare(),
);

/** Stores a new token by its hash (SHA-256 as hex); a hash that is known is refused by a throw. */
export function createToken(
  db: Db,
  token: { name: string; scopes: readonly TokenScope[]; hash: string; now: Instant },
): TokenRow {
  return insert(db).get(token);
}

const revokeOthers = statement(
  "update tokens set revoked_at = :now where name = :name and hash <> :hash and revoked_at is null returning id",
);

/**
 * Makes the server's own admin token valid, and earlier ones of it invalid. One that a person revoked stays revoked
 * (`revokedAt` tells).
 */
export function ensureAdminToken(db: Db, { hash, now }: { hash: string; now: Instant }): TokenRow {
  return inTransaction(db, () => {
    for (const id of revokeOthers(db).pluck().all({ name: ADMIN_NAME, hash, now }) as number[]) {
      note(db, "token.revoke", id, now);
    }
    const known = byHash(db).get({ hash });
    if (known !== undefined) return known;
    const made = createToken(db, { name: ADMIN_NAME, scopes: ["admin"], hash, now });
    note(db, "token.create", made.id, now);
    return made;
  });
}

function note(db: Db, action: string, id: number, at: Instant): void {
  recordAudit(db, { ...fmgItself, at, action, target: `token ${id}`, detail: ADMIN_NAME });
}

const revoke = statement("update tokens set revoked_at = :now where id = :id and revoked_at is null");

/** Makes a token invalid for ever. False when it is unknown or was revoked before. */
export function revokeToken(db: Db, id: number, now: Instant): boolean {
  return revoke(db).run({ id, now }).changes === 1;
}

const all = prepared((orm) => orm.select(columns).from(tokens).orderBy(asc(tokens.id)).prepare());

/** Every token, revoked ones too. */
export function listTokens(db: Db): TokenRow[] {
  return all(db).all();
}
