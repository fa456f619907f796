import type { Instant, SerialClaim, WorkflowId } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";

/*
 * Who holds a serial group is read off the jobs' own rows: there is no lock that a dead process could leave behind.
 */

/** A job that holds a serial group or asked for it, with the words that people know it by. */
export interface SerialClaimRow extends SerialClaim {
  readonly jobName: string;
  readonly pipelineId: number;
}

/** A granted job holds its group until it ends; a lock that succeeded, until its unlock or its workflow has ended. */
const HOLDS = `
  (jobs.kind <> 'lock' and (jobs.status in ('running', 'on_hold')
    or (jobs.status = 'queued' and exists (select 1 from attempts where attempts.job_id = jobs.id))))
  or (jobs.kind = 'lock' and jobs.status = 'success' and workflows.finished_at is null and not exists (
    select 1 from jobs as unlock where unlock.workflow_id = jobs.workflow_id and unlock.kind = 'unlock'
      and unlock.serial_group = jobs.serial_group and unlock.finished_at is not null))`;

const claims = statement(
  `select * from (
     select jobs.id as jobId, jobs.name as jobName, pipelines.project_id as projectId, pipelines.id as pipelineId,
       pipelines.number as pipelineNumber, jobs.serial_asked_at as askedAt, (${HOLDS}) as holds, jobs.status as status
     from jobs join workflows on workflows.id = jobs.workflow_id join pipelines on pipelines.id = workflows.pipeline_id
     where jobs.serial_group = :group and jobs.kind <> 'unlock' and jobs.id <> :jobId
       and (jobs.finished_at is null or (jobs.kind = 'lock' and workflows.finished_at is null)))
   where holds or status = 'queued'`,
);

/** The other jobs that hold the group of a job, or asked for it and wait. */
export function otherSerialClaims(db: Db, jobId: number, group: string): SerialClaimRow[] {
  const rows = claims(db).all({ jobId, group }) as (Omit<SerialClaimRow, "holds"> & { holds: number })[];
  return rows.map((row) => ({ ...row, holds: row.holds === 1 }));
}

const ask = statement("update jobs set serial_asked_at = coalesce(serial_asked_at, :now) where id = :jobId");

/** Notes when a job asked for its group: that is its place in the line. */
export function askSerialGroup(db: Db, jobId: number, now: Instant): void {
  ask(db).run({ jobId, now });
}

const waiting = statement(
  `select distinct workflow_id as workflowId from jobs
   where serial_group in (select value from json_each(:groups)) and status = 'queued'
     and not exists (select 1 from attempts where attempts.job_id = jobs.id)
   order by serial_asked_at`,
);

/** The workflows with a job that waits for one of the groups. */
export function workflowsWaitingForSerialGroups(db: Db, groups: Iterable<string>): WorkflowId[] {
  const rows = waiting(db).all({ groups: JSON.stringify([...groups]) }) as { workflowId: WorkflowId }[];
  return rows.map(({ workflowId }) => workflowId);
}
