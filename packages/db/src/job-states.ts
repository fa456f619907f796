import { isFinal, isLegalMove, type EntityKind, type Instant, type Reason, type Status } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";

/*
 * THE compare-and-set moves: nothing else changes a status. Each is one statement that names the states it may come
 * from, so of two writers one wins and the other is told so. `started_at` is set by the first move to `running`,
 * `finished_at` by the move to a final status, never before the start, whatever the clock did in between. (REL-15)
 */

/** Where something moves to. */
export interface Move {
  readonly status: Status;
  readonly reason?: Reason | undefined;
  /** A sentence for people. */
  readonly message?: string | undefined;
  readonly at: Instant;
}

/** One status, or several of which any will do; moves that core's table does not know are not done from there. */
export type From = Status | readonly Status[];

/** An attempt; with `epoch`, the move is done only while that owner has the lease. */
export interface AttemptRef {
  readonly attemptId: number;
  readonly epoch?: number | null | undefined;
}

/** A step of an attempt. */
export interface StepRef extends AttemptRef {
  readonly index: number;
}

const STATE = `
  status = :status, reason = :reason, message = :message,
  started_at = coalesce(started_at, case when :status = 'running' then :at end),
  finished_at = case when :final then max(:at, coalesce(started_at, :at)) end`;
const FROM = "status in (select value from json_each(:from))";

const updatePipeline = statement(`update pipelines set ${STATE} where id = :id and ${FROM}`);
const updateWorkflow = statement(`update workflows set ${STATE} where id = :id and ${FROM}`);
const updateJob = statement(
  `update jobs set ${STATE}, held_at = coalesce(held_at, case when :status = 'on_hold' then :at end)
   where id = :id and ${FROM}`,
);
const updateAttempt = statement(
  `update attempts set ${STATE} where id = :id and ${FROM} and (:epoch is null or epoch = :epoch)`,
);
const updateStep = statement(
  `update steps set ${STATE}, exit_code = coalesce(:exitCode, exit_code), duration_ms = coalesce(:durationMs, duration_ms)
   where attempt_id = :attemptId and "index" = :index and ${FROM}
     and (:epoch is null or exists (select 1 from attempts where id = :attemptId and epoch = :epoch))`,
);

/** Moves a pipeline, or returns false when it was not in any state of `from`. Throws on an illegal move. */
export function movePipeline(db: Db, id: number, from: From, to: Move): boolean {
  return updatePipeline(db).run({ id, ...columns("pipeline", from, to) }).changes === 1;
}

const openAgain = statement(
  `update pipelines set status = :status, reason = null, message = null, finished_at = null,
     cancellation = null, recompiled_by = coalesce(:recompiledBy, recompiled_by)
   where id = :id and finished_at is not null`,
);

/**
 * The one way out of a final status: a pipeline whose workflow is started again runs again, and one that is to be compiled
 * anew waits for that. False when it has not ended. (ADR 15)
 */
export function reopenPipeline(
  db: Db,
  id: number,
  to: { readonly status: "running" } | { readonly status: "pending"; readonly recompiledBy: string },
): boolean {
  return openAgain(db).run({ recompiledBy: null, ...to, id }).changes === 1;
}

/** Moves a workflow, or returns false when it was not in any state of `from`. Throws on an illegal move. */
export function moveWorkflow(db: Db, id: number, from: From, to: Move): boolean {
  return updateWorkflow(db).run({ id, ...columns("workflow", from, to) }).changes === 1;
}

/** Moves a job, or returns false when it was not in any state of `from`. Throws on an illegal move. */
export function moveJob(db: Db, id: number, from: From, to: Move): boolean {
  return updateJob(db).run({ id, ...columns("job", from, to) }).changes === 1;
}

/** Moves an attempt, or returns false when its state or its epoch is another. Throws on an illegal move. */
export function moveAttempt(db: Db, { attemptId, epoch }: AttemptRef, from: From, to: Move): boolean {
  const values = { id: attemptId, epoch: epoch ?? null, ...columns("attempt", from, to) };
  return updateAttempt(db).run(values).changes === 1;
}

const tellAttempt = statement(
  `update attempts set reason = :reason, message = :message
   where id = :attemptId and status = 'queued' and message is not :message returning job_id as jobId`,
);
const tellJob = statement(
  `update jobs set reason = :reason, message = :message
   where id = :jobId and status = 'queued' and message is not :message`,
);

/**
 * Says why a queued attempt waits, on its row and on its job's; its status stays. False when that is said already, or
 * when it does not wait any more.
 */
export function tellWaiting(
  db: Db,
  attemptId: number,
  why: { readonly reason: Reason; readonly message: string },
): boolean {
  const told = tellAttempt(db).get({ attemptId, ...why }) as { jobId: number } | undefined;
  if (told === undefined) return false;
  tellJob(db).run({ jobId: told.jobId, ...why });
  return true;
}

/**
 * Says why a queued job waits for something that is not its attempts', or that it waits for nothing of the kind any more;
 * its status stays. False when that is said already.
 */
export function tellJobWaiting(
  db: Db,
  jobId: number,
  why: { readonly reason: Reason; readonly message: string } | undefined,
): boolean {
  return tellJob(db).run({ jobId, reason: null, message: null, ...why }).changes === 1;
}

/** Moves a step, or returns false when its state or its attempt's epoch is another. Throws on an illegal move. */
export function moveStep(
  db: Db,
  { attemptId, index, epoch }: StepRef,
  from: From,
  to: Move & { readonly exitCode?: number | undefined; readonly durationMs?: number | undefined },
): boolean {
  const measured = { exitCode: to.exitCode ?? null, durationMs: to.durationMs ?? null };
  const values = { attemptId, index, epoch: epoch ?? null, ...measured, ...columns("step", from, to) };
  return updateStep(db).run(values).changes === 1;
}

function columns(kind: EntityKind, from: From, to: Move): Record<string, string | number | null> {
  const asked = typeof from === "string" ? [from] : from;
  const legal = asked.filter((status) => isLegalMove(kind, status, to.status));
  if (legal.length === 0) throw new Error(`a ${kind} cannot move from ${asked.join(" or ")} to ${to.status}`);
  return {
    from: JSON.stringify(legal),
    status: to.status,
    reason: to.reason ?? null,
    message: to.message ?? null,
    at: to.at,
    final: isFinal(to.status) ? 1 : 0,
  };
}
