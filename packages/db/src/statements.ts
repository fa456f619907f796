import type { Statement } from "better-sqlite3";
import type { BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import { connectionOf, type Connection, type Db } from "./open-db.ts";

/**
 * A query that is built and prepared once for each open database: building a drizzle query costs five to eighteen times
 * as much as running it.
 */
export function prepared<T>(build: (orm: BetterSQLite3Database) => T): (db: Db) => T {
  return oncePerDb(({ orm }) => build(orm));
}

/** The same for a statement in plain SQL with `:name` parameters, where drizzle would say it worse. */
export function statement(text: string): (db: Db) => Statement {
  return oncePerDb(({ sqlite }) => sqlite.prepare(text));
}

/** The job whose attempts are shown as those of `:jobId`: itself, or the one that it was carried over from. */
export const jobThatRan = "(select coalesce(carried_from, id) from jobs where id = :jobId)";

function oncePerDb<T>(build: (connection: Connection) => T): (db: Db) => T {
  const built = new WeakMap<Db, T>();
  return (db) => {
    const known = built.get(db);
    if (known !== undefined) return known;
    const query = build(connectionOf(db));
    built.set(db, query);
    return query;
  };
}
