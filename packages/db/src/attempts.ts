import {
  isFinal,
  type AttemptId,
  type Demand,
  type Instant,
  type Outcome,
  type Reason,
  type Status,
  type StepHeader,
  type StepProgress,
} from "@fmg/core";
import { and, asc, eq, getTableColumns, sql } from "./drizzle.ts";
import { moveAttempt, moveStep, type AttemptRef, type Move } from "./job-states.ts";
import type { Db } from "./open-db.ts";
import type { AttemptRow, StepRow } from "./rows.ts";
import { attempts, steps } from "./schema.ts";
import { prepared, statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";

export const attemptColumns = getTableColumns(attempts);

const attemptById = prepared((orm) =>
  orm
    .select()
    .from(attempts)
    .where(eq(attempts.id, sql.placeholder("id")))
    .prepare(),
);

/** One attempt. */
export function getAttempt(db: Db, id: number): AttemptRow | undefined {
  return attemptById(db).get({ id });
}

const attemptsOfJob = prepared((orm) =>
  orm
    .select()
    .from(attempts)
    .where(
      sql`${attempts.jobId} = (select coalesce(carried_from, id) from jobs where id = ${sql.placeholder("jobId")})`,
    )
    .orderBy(asc(attempts.nodeIndex), asc(attempts.number))
    .prepare(),
);

/** The attempts of a job (of a carried-over one, those that it stands for) by node, and by number: the newest comes last. */
export function listAttempts(db: Db, jobId: number): AttemptRow[] {
  return attemptsOfJob(db).all({ jobId });
}

const insertAttempt = prepared((orm) =>
  orm
    .insert(attempts)
    .values({
      jobId: sql.placeholder("jobId"),
      nodeIndex: sql.placeholder("nodeIndex"),
      nodeTotal: sql.placeholder("nodeTotal"),
      number: sql.placeholder("number"),
      label: sql.placeholder("label"),
      status: "queued",
      queuedAt: sql.placeholder("now"),
      cpus: sql.placeholder("cpus"),
      memoryBytes: sql.placeholder("memoryBytes"),
    })
    .returning({ id: attempts.id })
    .prepare(),
);

/** Makes one queued attempt for each node of a job; while some are not finished, returns those and makes none. */
export function createAttempts(
  db: Db,
  jobId: number,
  {
    nodeTotal,
    now,
    label,
    demand = { cpus: 0, memoryBytes: 0 },
  }: { nodeTotal: number; now: Instant; label: string; demand?: Demand },
): AttemptId[] {
  return inTransaction(db, () => {
    const known = listAttempts(db, jobId);
    const open = known.filter((attempt) => !isFinal(attempt.status));
    if (open.length > 0) return open.map((attempt) => attempt.id);
    const number = 1 + Math.max(0, ...known.map((attempt) => attempt.number));
    return Array.from(
      { length: nodeTotal },
      (_, nodeIndex) =>
        insertAttempt(db).get({ jobId, nodeIndex, nodeTotal, number, label, now, ...demand }).id,
    );
  });
}

/** Makes one more attempt of the same node, with the next number and the same demand. */
export function createNextAttempt(
  db: Db,
  { jobId, nodeIndex, nodeTotal, number, label, cpus, memoryBytes }: AttemptRow,
  now: Instant,
): AttemptId {
  const next = { jobId, nodeIndex, nodeTotal, number: number + 1, label, cpus, memoryBytes, now };
  return insertAttempt(db).get(next).id;
}

const stepsOfAttempt = prepared((orm) =>
  orm
    .select()
    .from(steps)
    .where(eq(steps.attemptId, sql.placeholder("attemptId")))
    .orderBy(asc(steps.index))
    .prepare(),
);

/** The steps of an attempt in order. */
export function listSteps(db: Db, attemptId: number): StepRow[] {
  return stepsOfAttempt(db).all({ attemptId });
}

const insertStep = prepared((orm) =>
  orm
    .insert(steps)
    .values({
      attemptId: sql.placeholder("attemptId"),
      index: sql.placeholder("index"),
      name: sql.placeholder("name"),
      kind: sql.placeholder("kind"),
      background: sql.placeholder("background"),
      status: "pending",
    })
    .onConflictDoNothing()
    .prepare(),
);

/** Notes an attempt's steps as pending; those that are known stay as they are. False when the epoch is stale. */
export function setSteps(
  db: Db,
  attemptId: number,
  epoch: number,
  headers: readonly Pick<StepHeader, "index" | "name" | "kind" | "background">[],
): boolean {
  return inTransaction(db, () => {
    if (getAttempt(db, attemptId)?.epoch !== epoch) return false;
    for (const { index, name, kind, background } of headers) {
      insertStep(db).run({ attemptId, index, name, kind, background });
    }
    return true;
  });
}

/** What a successor needs to know of each step. */
export function stepProgress(db: Db, attemptId: number): StepProgress[] {
  return listSteps(db, attemptId).map((step) => ({
    index: step.index,
    status: progressStatus(step.status),
    rawOffset: step.rawOffset,
    ...(step.exitCode === null ? {} : { exitCode: step.exitCode }),
    ...(step.reason === null ? {} : { reason: step.reason }),
    ...(step.message === null ? {} : { message: step.message }),
    ...(step.lastOutputAt === null ? {} : { lastOutputAt: step.lastOutputAt }),
    ...(step.startedAt === null ? {} : { startedAt: step.startedAt }),
  }));
}

function progressStatus(status: Status): StepProgress["status"] {
  switch (status) {
    case "pending":
    case "running":
    case "success":
    case "failure":
    case "error":
    case "canceled":
    case "skipped":
      return status;
    case "blocked":
    case "on_hold":
    case "queued":
      throw new Error(`a step is never ${status}`);
  }
}

/** How far a step's log is consumed and stored, under the epoch of the owner who stored it. */
export interface Checkpoint {
  readonly attemptId: number;
  readonly step: number;
  readonly epoch: number;
  readonly rawOffset: number;
  readonly storedLength: number;
  readonly at: Instant;
}

const putCheckpoint = statement(
  `update steps set raw_offset = :rawOffset, stored_length = :storedLength, last_output_at = :at
   where attempt_id = :attemptId and "index" = :step
     and exists (select 1 from attempts where id = :attemptId and epoch = :epoch)`,
);

/** Commits checkpoints in one transaction; returns the attempts that have another owner now, whose are not written. */
export function commitCheckpoints(db: Db, checkpoints: readonly Checkpoint[]): number[] {
  if (checkpoints.length === 0) return [];
  return inTransaction(db, () => {
    const stale = new Set<number>();
    for (const checkpoint of checkpoints) {
      if (putCheckpoint(db).run(checkpoint).changes === 1) continue;
      if (getAttempt(db, checkpoint.attemptId)?.epoch === checkpoint.epoch) {
        throw new Error(`attempt ${checkpoint.attemptId} has no step ${checkpoint.step}`);
      }
      stale.add(checkpoint.attemptId);
    }
    return [...stale];
  });
}

const putImageDigest = statement(
  "update attempts set image_digest = :digest where id = :attemptId and (:epoch is null or epoch = :epoch)",
);
const putServiceImage = statement(
  `update attempts
   set service_images = json_set(service_images, '$."' || :position || '"', json_object('image', :image, 'digest', :digest))
   where id = :attemptId and (:epoch is null or epoch = :epoch)`,
);

/** Notes which image the container at that place of `docker:` really ran on. False when the epoch is stale. */
export function setImageDigest(
  db: Db,
  { attemptId, epoch }: AttemptRef,
  { position, image, digest }: { position: number; image: string; digest: string },
): boolean {
  const which = { attemptId, epoch: epoch ?? null, digest };
  if (position === 0) return putImageDigest(db).run(which).changes === 1;
  return putServiceImage(db).run({ ...which, position: String(position), image }).changes === 1;
}

/**
 * Ends a running attempt, and what is still open of its steps: one that runs ends as the attempt does, one that never
 * started is skipped (or canceled with the attempt). False when the attempt is not running any more or the epoch is stale.
 */
export function finishAttempt(db: Db, attempt: AttemptRef, to: Move & { readonly status: Outcome }): boolean {
  return inTransaction(db, () => {
    if (!moveAttempt(db, attempt, "running", to)) return false;
    for (const { index, status } of listSteps(db, attempt.attemptId)) {
      const step = { ...attempt, index };
      if (status === "running") moveStep(db, step, "running", to);
      if (status === "pending") moveStep(db, step, "pending", pendingStepEnd(to));
    }
    return true;
  });
}

function pendingStepEnd({ status, reason, at }: Move): Move {
  if (status === "canceled") return { status, reason, at };
  const notDue: Reason = "not_due";
  return { status: "skipped", reason: notDue, message: "the job ended before it", at };
}

const canceled = prepared((orm) =>
  orm
    .select({ id: attempts.id })
    .from(attempts)
    .where(
      and(
        sql`${attempts.id} in (select value from json_each(${sql.placeholder("ids")}))`,
        sql`${attempts.cancelRequestedAt} is not null`,
      ),
    )
    .prepare(),
);

/** Those of the given attempts that somebody wishes canceled. */
export function cancelRequested(db: Db, attemptIds: readonly number[]): number[] {
  if (attemptIds.length === 0) return [];
  return canceled(db)
    .all({ ids: JSON.stringify(attemptIds) })
    .map((row) => row.id);
}
