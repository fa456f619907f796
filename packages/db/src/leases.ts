import type { AttemptId, Instant } from "@fmg/core";
import { asc, eq, sql } from "./drizzle.ts";
import { getAttempt } from "./attempts.ts";
import { moveAttempt } from "./job-states.ts";
import type { Db } from "./open-db.ts";
import { attempts } from "./schema.ts";
import { prepared, statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";

/*
 * Who carries an attempt out. The lease stands on the attempt's row: its owner, when it ends, and an epoch that grows
 * with each new owner. Writes about an attempt name the epoch, so those of an owner who lost the lease change nothing.
 */

const take = statement(
  "update attempts set owner = :owner, lease_expires_at = :expiresAt, epoch = epoch + 1 where id = :attemptId returning epoch",
);

const putPlace = statement("update attempts set host = :host, cpuset = :cpuset where id = :attemptId");

/** Where an attempt runs: the Docker host, and the cores of it that it may use (null: all). */
export interface Place {
  readonly host: string;
  readonly cpuset: string | null;
}

/**
 * Takes a queued attempt, which becomes `running` under a new epoch. `taken`: it runs already; `not-due`: it is final,
 * unknown or wished canceled.
 */
export function claimAttempt(
  db: Db,
  attemptId: number,
  owner: string,
  now: Instant,
  ttlMs: number,
  place?: Place,
): { epoch: number } | "taken" | "not-due" {
  return inTransaction(db, () => {
    const attempt = getAttempt(db, attemptId);
    if (attempt?.status === "running") return "taken";
    if (attempt?.status !== "queued" || attempt.cancelRequestedAt !== null) return "not-due";
    moveAttempt(db, { attemptId }, "queued", { status: "running", at: now });
    if (place !== undefined) putPlace(db).run({ attemptId, ...place });
    return take(db).get({ attemptId, owner, expiresAt: now + ttlMs }) as { epoch: number };
  });
}

/** Takes over a running attempt whose lease was released, has ended, or belongs to a dead process. */
export function adoptAttempt(
  db: Db,
  attemptId: number,
  owner: string,
  isDead: (owner: string) => boolean,
  now: Instant,
  ttlMs: number,
): { epoch: number } | "taken" {
  return inTransaction(db, () => {
    const attempt = getAttempt(db, attemptId);
    if (attempt?.status !== "running") return "taken";
    const held = attempt.owner !== null && (attempt.leaseExpiresAt ?? 0) > now;
    if (held && attempt.owner !== null && !isDead(attempt.owner)) return "taken";
    return take(db).get({ attemptId, owner, expiresAt: now + ttlMs }) as { epoch: number };
  });
}

const renew = statement(
  `update attempts set lease_expires_at = :expiresAt
   where id in (select value from json_each(:ids)) and owner = :owner returning id`,
);

/** Prolongs the leases that are still the owner's, and returns their attempts. */
export function renewLeases(
  db: Db,
  owner: string,
  attemptIds: readonly number[],
  now: Instant,
  ttlMs: number,
): number[] {
  if (attemptIds.length === 0) return [];
  const values = { owner, ids: JSON.stringify(attemptIds), expiresAt: now + ttlMs };
  return (renew(db).all(values) as { id: number }[]).map((row) => row.id);
}

const releaseAttempts = statement(
  "update attempts set owner = null, lease_expires_at = null where owner = :owner and finished_at is null",
);
const releaseNamed = statement("delete from leases where owner = :owner");

/** Gives up every lease of an owner, so that a successor need not wait for their end. */
export function releaseLeases(db: Db, owner: string): void {
  inTransaction(db, () => {
    releaseAttempts(db).run({ owner });
    releaseNamed(db).run({ owner });
  });
}

const running = prepared((orm) =>
  orm
    .select({
      attemptId: attempts.id,
      owner: attempts.owner,
      expiresAt: attempts.leaseExpiresAt,
      epoch: attempts.epoch,
    })
    .from(attempts)
    .where(sql`${attempts.status} = 'running' and ${attempts.finishedAt} is null`)
    .orderBy(asc(attempts.id))
    .prepare(),
);

/** The lease of an attempt that runs; owner and end are null when it was released. */
export interface RunningAttempt {
  readonly attemptId: AttemptId;
  readonly owner: string | null;
  readonly expiresAt: Instant | null;
  readonly epoch: number;
}

/** Every attempt that runs, with its lease. */
export function runningAttempts(db: Db): RunningAttempt[] {
  return running(db).all();
}

const namedLease = statement("select owner, expires_at as expiresAt from leases where name = :name");
const putNamedLease = statement(
  `insert into leases (name, owner, expires_at) values (:name, :owner, :expiresAt)
   on conflict (name) do update set owner = :owner, expires_at = :expiresAt`,
);

/**
 * Takes or prolongs a turn that one process at a time has. False while another has it; a dead owner's turn is taken at
 * once where `isDead` can tell.
 */
export function takeNamedLease(
  db: Db,
  name: string,
  owner: string,
  now: Instant,
  ttlMs: number,
  isDead: (owner: string) => boolean = () => false,
): boolean {
  return inTransaction(db, () => {
    const lease = namedLease(db).get({ name }) as { owner: string; expiresAt: Instant } | undefined;
    const held = lease !== undefined && lease.owner !== owner && lease.expiresAt > now;
    if (held && !isDead(lease.owner)) return false;
    putNamedLease(db).run({ name, owner, expiresAt: now + ttlMs });
    return true;
  });
}

const attemptLease = prepared((orm) =>
  orm
    .select({ owner: attempts.owner, epoch: attempts.epoch })
    .from(attempts)
    .where(eq(attempts.id, sql.placeholder("attemptId")))
    .prepare(),
);

/** Whether the owner still has the attempt under this epoch. */
export function holdsLease(db: Db, attemptId: number, owner: string, epoch: number): boolean {
  const lease = attemptLease(db).get({ attemptId });
  return lease?.owner === owner && lease.epoch === epoch;
}
