import { connectionOf, type Db } from "../open-db.ts";

/** How SQLite carries out one statement. */
export interface QueryPlan {
  readonly text: string;
  /** Its lines: SEARCH … USING INDEX …, SCAN …, USE TEMP B-TREE …. */
  readonly lines: readonly string[];
}

/** The plans of the statements that `act` prepares; the database must be one on which they were not prepared before. */
export function queryPlans(db: Db, act: () => void): QueryPlan[] {
  const { sqlite } = connectionOf(db);
  const prepare = sqlite.prepare.bind(sqlite);
  const texts = new Set<string>();
  const collect = (text: string) => {
    texts.add(text);
    return prepare(text);
  };
  Object.assign(sqlite, { prepare: collect });
  try {
    act();
  } finally {
    Object.assign(sqlite, { prepare });
  }
  return [...texts].map((text) => {
    const rows = prepare(`explain query plan ${text}`).all(...anyValues(text)) as { detail: string }[];
    return { text, lines: rows.map((row) => row.detail) };
  });
}

/** A plan does not depend on the values, but each parameter wants one. */
function anyValues(text: string): unknown[] {
  const names = new Set([...text.matchAll(/[^:]:([a-zA-Z]+)/g)].map(([, name]) => name));
  if (names.size > 0) return [Object.fromEntries([...names].map((name) => [name, 1]))];
  return [...text.matchAll(/\?/g)].map(() => 1);
}
