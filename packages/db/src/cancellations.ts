import type { AttemptId, Cancellation, PipelineId, WorkflowId } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";

/*
 * Wishes to stop something. They are written here and carried out by the advance of the workflows: a wish that is
 * written is carried out even if every process dies right after.
 */

/** What somebody wishes canceled. */
export type CancelTarget =
  { readonly pipelineId: number } | { readonly workflowId: number } | { readonly jobId: number };

/** Whom to tell of a wish. */
export interface CancelRequested {
  readonly pipelineId: PipelineId;
  /** To be advanced. */
  readonly workflowIds: readonly WorkflowId[];
}

const wishPipeline = statement(
  `update pipelines set cancellation = coalesce(cancellation, :cancellation)
   where id = :pipelineId and finished_at is null returning id as pipelineId`,
);
const wishWorkflow = statement(
  `update workflows set cancellation = coalesce(cancellation, :cancellation)
   where id = :workflowId and finished_at is null returning pipeline_id as pipelineId, id as workflowId`,
);
const wishJob = statement(
  `update jobs set cancellation = coalesce(cancellation, :cancellation)
   where id = :jobId and finished_at is null
   returning (select pipeline_id from workflows where id = workflow_id) as pipelineId, workflow_id as workflowId`,
);
const openWorkflows = statement(
  "select id from workflows where pipeline_id = :pipelineId and finished_at is null order by id",
);
const wishAttempts = statement(
  `update attempts set cancel_requested_at = :at
   where finished_at is null and cancel_requested_at is null and job_id in (
     select id from jobs where id = :jobId or workflow_id in (select value from json_each(:workflowIds)))
   returning id`,
);

/**
 * Writes the wish onto what it is about and onto the attempts that it stops. Undefined when that has ended already; a
 * second wish changes nothing. A pipeline's wish is one of each of its open workflows.
 */
export function requestCancel(
  db: Db,
  target: CancelTarget,
  cancellation: Cancellation,
): CancelRequested | undefined {
  const text = JSON.stringify(cancellation);
  return inTransaction(db, () => {
    if ("pipelineId" in target) {
      const pipeline = wishPipeline(db).get({ ...target, cancellation: text });
      if (pipeline === undefined) return undefined;
      const { pipelineId } = pipeline as { pipelineId: PipelineId };
      const ids = (openWorkflows(db).all({ pipelineId }) as { id: WorkflowId }[]).map(({ id }) => id);
      for (const workflowId of ids) wishWorkflow(db).get({ workflowId, cancellation: text });
      stopAttempts(db, { workflowIds: ids }, cancellation);
      return { pipelineId, workflowIds: ids };
    }
    const wish = "workflowId" in target ? wishWorkflow : wishJob;
    const found = wish(db).get({ ...target, cancellation: text });
    if (found === undefined) return undefined;
    const { pipelineId, workflowId } = found as { pipelineId: PipelineId; workflowId: WorkflowId };
    stopAttempts(db, "jobId" in target ? target : { workflowIds: [workflowId] }, cancellation);
    return { pipelineId, workflowIds: [workflowId] };
  });
}

/** Asks whoever carries out a job's attempts to stop; returns those that were not asked yet. */
export function requestStop(db: Db, jobId: number, cancellation: Cancellation): AttemptId[] {
  return stopAttempts(db, { jobId }, cancellation);
}

function stopAttempts(
  db: Db,
  of: { readonly jobId?: number; readonly workflowIds?: readonly number[] },
  { at }: Cancellation,
): AttemptId[] {
  const values = { at, jobId: of.jobId ?? null, workflowIds: JSON.stringify(of.workflowIds ?? []) };
  return (wishAttempts(db).all(values) as { id: AttemptId }[]).map(({ id }) => id);
}

const olderOfBranch = statement(
  `select older.id from pipelines as newer
   join pipelines as older on older.project_id = newer.project_id and older.branch = newer.branch
   where newer.id = :pipelineId and older.id < newer.id and older.status in ('pending', 'running')
     and older.cancellation is null
   order by older.id`,
);

/** Pipelines of the same branch that are older than the given one and have not ended, oldest first. (R-AC-1) */
export function olderOpenPipelines(db: Db, pipelineId: number): PipelineId[] {
  return (olderOfBranch(db).all({ pipelineId }) as { id: PipelineId }[]).map(({ id }) => id);
}
