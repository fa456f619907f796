import type { Instant } from "@fmg/core";
import { asc, eq, sql } from "./drizzle.ts";
import type { Db } from "./open-db.ts";
import type { RunnerRow } from "./rows.ts";
import { runners } from "./schema.ts";
import { prepared, statement } from "./statements.ts";

/** The runner that every FMG has: the machine itself. */
const LOCALHOST_ID = 1;
/** A runner is active while it was heard of within this time. */
const ACTIVE_FOR_MS = 30_000;

const all = prepared((orm) => orm.select().from(runners).orderBy(asc(runners.id)).prepare());

/** Every known runner by number. */
export function listRunners(db: Db): RunnerRow[] {
  return all(db).all();
}

/** Whether a runner was heard of lately. */
export function isActiveRunner(runner: Pick<RunnerRow, "lastSeenAt">, now: Instant): boolean {
  return runner.lastSeenAt !== null && now - runner.lastSeenAt < ACTIVE_FOR_MS;
}

const insert = statement(
  "insert into runners (host, added_at) values (:host, :now) on conflict (host) do nothing",
);
const byHost = prepared((orm) =>
  orm
    .select()
    .from(runners)
    .where(eq(runners.host, sql.placeholder("host")))
    .prepare(),
);

/** Makes a runner known; one that is known already is returned as it is. */
export function addRunner(db: Db, { host, now }: { host: string; now: Instant }): RunnerRow {
  insert(db).run({ host, now });
  const row = byHost(db).get({ host });
  if (row === undefined) throw new Error(`the runner ${host} was not stored`);
  return row;
}

const remove = statement("delete from runners where id = :id");

/** Forgets a runner. The machine itself stays: it is always there. */
export function removeRunner(db: Db, id: number): void {
  if (id === LOCALHOST_ID) throw new Error("the machine itself is no runner to remove");
  remove(db).run({ id });
}

const seen = statement("update runners set last_seen_at = :now where id = :id");

/** Notes that an orchestrator of this machine is alive. */
export function heartbeat(db: Db, now: Instant): void {
  seen(db).run({ id: LOCALHOST_ID, now });
}
