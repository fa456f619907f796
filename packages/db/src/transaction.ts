import { connectionOf, type Db } from "./open-db.ts";

/**
 * Runs `work` in one transaction (BEGIN IMMEDIATE, so it waits for other writers at its start and never in its middle)
 * and returns its result; a throw undoes everything. A call within another joins it: whoever catches what the inner one
 * threw keeps its partial writes, so let it pass. `work` is synchronous: a transaction does not wait.
 */
export function inTransaction<T>(db: Db, work: () => T): T {
  const { sqlite } = connectionOf(db);
  return sqlite.inTransaction ? work() : sqlite.transaction(work).immediate();
}

/** As `inTransaction`, but a throw undoes only what `work` did, also within another transaction. */
export function inSavepoint<T>(db: Db, work: () => T): T {
  return connectionOf(db).sqlite.transaction(work)();
}
