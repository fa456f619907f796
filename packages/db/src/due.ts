import type { PipelineId, WorkflowId } from "@fmg/core";
import { asc, sql } from "./drizzle.ts";
import type { Db } from "./open-db.ts";
import { continuations, pipelines, workflows } from "./schema.ts";
import { prepared, statement } from "./statements.ts";

/*
 * What the rows say is due: the questions of reconcile. Each answers at most `limit` ids beyond `after`, in order, so
 * that a caller who asks on from the last one sees them all.
 */

const pending = prepared((orm) =>
  orm
    .select({ id: pipelines.id })
    .from(pipelines)
    .where(sql`${pipelines.status} = 'pending' and ${pipelines.id} > ${sql.placeholder("after")}`)
    .orderBy(asc(pipelines.id))
    .limit(sql.placeholder("limit"))
    .prepare(),
);

/** Pipelines that wait to be compiled, oldest first. */
export function pendingPipelines(db: Db, limit: number, after = 0): PipelineId[] {
  return pending(db)
    .all({ limit, after })
    .map((row) => row.id);
}

const continued = prepared((orm) =>
  orm
    .select({ id: continuations.pipelineId })
    .from(continuations)
    .where(
      sql`${continuations.acceptedAt} is not null and ${continuations.compiledAt} is null
        and ${continuations.pipelineId} > ${sql.placeholder("after")}`,
    )
    .orderBy(asc(continuations.pipelineId))
    .limit(sql.placeholder("limit"))
    .prepare(),
);

/** Pipelines that were continued, and whose second config waits to be compiled, oldest first. */
export function continuedPipelines(db: Db, limit: number, after = 0): PipelineId[] {
  return continued(db)
    .all({ limit, after })
    .map((row) => row.id);
}

const open = prepared((orm) =>
  orm
    .select({ id: workflows.id })
    .from(workflows)
    .where(sql`${workflows.finishedAt} is null and ${workflows.id} > ${sql.placeholder("after")}`)
    .orderBy(asc(workflows.id))
    .limit(sql.placeholder("limit"))
    .prepare(),
);

/** Workflows that are not final, oldest first. */
export function unfinishedWorkflows(db: Db, limit: number, after = 0): WorkflowId[] {
  return open(db)
    .all({ limit, after })
    .map((row) => row.id);
}

/** How much is not final, or not sent. */
export interface Unfinished {
  readonly pipelines: number;
  readonly workflows: number;
  readonly attempts: number;
  readonly statuses: number;
  readonly notifications: number;
}

const unfinished = statement(
  `select (select count(*) from pipelines where status in ('pending', 'running')) as pipelines,
          (select count(*) from workflows where finished_at is null) as workflows,
          (select count(*) from attempts where finished_at is null) as attempts,
          (select count(*) from outbox where status = 'pending') as statuses,
          (select count(*) from notifications where status = 'pending') as notifications`,
);

/** Counts what is open; it costs by what is open, not by what there ever was. */
export function countUnfinished(db: Db): Unfinished {
  return unfinished(db).get() as Unfinished;
}
