import type { AttemptId, Instant } from "@fmg/core";
import { eq, sql } from "./drizzle.ts";
import type { Db } from "./open-db.ts";
import { debugSessions } from "./schema.ts";
import { prepared, statement } from "./statements.ts";

/** A shell that a person opened in an attempt's container. */
export interface DebugSession {
  readonly id: number;
  readonly attemptId: AttemptId;
  readonly tokenId: number;
  readonly openedAt: Instant;
  readonly expiresAt: Instant;
  /** The orchestrator that has the shell. */
  readonly owner: string | null;
  readonly closedAt: Instant | null;
  readonly ending: string | null;
}

const insert = prepared((orm) =>
  orm
    .insert(debugSessions)
    .values({
      attemptId: sql.placeholder("attemptId"),
      tokenId: sql.placeholder("tokenId"),
      openedAt: sql.placeholder("openedAt"),
      expiresAt: sql.placeholder("expiresAt"),
    })
    .returning()
    .prepare(),
);

/** Makes a session that nobody has taken yet. */
export function createDebugSession(
  db: Db,
  session: Pick<DebugSession, "attemptId" | "tokenId" | "openedAt" | "expiresAt">,
): DebugSession {
  return insert(db).get(session);
}

const byId = prepared((orm) =>
  orm
    .select()
    .from(debugSessions)
    .where(eq(debugSessions.id, sql.placeholder("id")))
    .prepare(),
);

export function getDebugSession(db: Db, id: number): DebugSession | undefined {
  return byId(db).get({ id });
}

const take = statement(
  `update debug_sessions set owner = :owner
   where id = :id and owner is null and closed_at is null and expires_at > :now`,
);

/** Takes a session's shell, once; false when another did, or it is over. */
export function takeDebugSession(db: Db, id: number, owner: string, now: Instant): boolean {
  return take(db).run({ id, owner, now }).changes === 1;
}

const close = statement(
  "update debug_sessions set closed_at = :now, ending = :ending where id = :id and closed_at is null",
);

/** Notes how a session ended; false when it had ended before. */
export function closeDebugSession(db: Db, id: number, ending: string, now: Instant): boolean {
  return close(db).run({ id, ending, now }).changes === 1;
}

const over = statement("select id from debug_sessions where closed_at is null and expires_at <= :now");

/** Sessions whose time is up and which nobody has closed: their orchestrator died, or they were never taken. */
export function overdueDebugSessions(db: Db, now: Instant): number[] {
  return (over(db).all({ now }) as { id: number }[]).map(({ id }) => id);
}
