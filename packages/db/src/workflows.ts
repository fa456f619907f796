import { currentWorkflows, type WorkflowPlan } from "@fmg/core";
import { asc, eq, getTableColumns, sql } from "./drizzle.ts";
import { attemptColumns } from "./attempts.ts";
import type { Db } from "./open-db.ts";
import type { AttemptRow, JobRow, PipelineRow, WorkflowRow } from "./rows.ts";
import { attempts, jobs, workflows } from "./schema.ts";
import { prepared, statement } from "./statements.ts";

const { plan: planColumn, ...workflowColumns } = getTableColumns(workflows);
const jobColumns = getTableColumns(jobs);

const workflowById = prepared((orm) =>
  orm
    .select(workflowColumns)
    .from(workflows)
    .where(eq(workflows.id, sql.placeholder("id")))
    .prepare(),
);

/** One workflow, without its plan. */
export function getWorkflow(db: Db, id: number): WorkflowRow | undefined {
  return workflowById(db).get({ id });
}

const workflowsOfPipeline = prepared((orm) =>
  orm
    .select(workflowColumns)
    .from(workflows)
    .where(eq(workflows.pipelineId, sql.placeholder("pipelineId")))
    .orderBy(asc(workflows.id))
    .prepare(),
);

/** The workflows of a pipeline in the order of its config, reruns after them. */
export function listWorkflows(db: Db, pipelineId: number): WorkflowRow[] {
  return workflowsOfPipeline(db).all({ pipelineId });
}

/** A job, and the workflow that it stands in. */
export interface JobWithWorkflow {
  readonly job: JobRow;
  readonly workflow: WorkflowRow;
}

const jobsOfWorkflow = prepared((orm) =>
  orm
    .select({ job: jobColumns, workflow: workflowColumns })
    .from(workflows)
    .innerJoin(jobs, eq(jobs.workflowId, workflows.id))
    .where(eq(workflows.id, sql.placeholder("workflowId")))
    .orderBy(asc(jobs.id))
    .prepare(),
);

const jobsOfPipeline = prepared((orm) =>
  orm
    .select({ job: jobColumns, workflow: workflowColumns })
    .from(workflows)
    .innerJoin(jobs, eq(jobs.workflowId, workflows.id))
    .where(eq(workflows.pipelineId, sql.placeholder("pipelineId")))
    .orderBy(asc(workflows.id), asc(jobs.id))
    .prepare(),
);

/** The jobs of a workflow, or of all workflows of a pipeline, in the order of the config. */
export function listJobs(
  db: Db,
  of: { readonly workflowId: number } | { readonly pipelineId: number },
): JobWithWorkflow[] {
  return "workflowId" in of ? jobsOfWorkflow(db).all(of) : jobsOfPipeline(db).all(of);
}

/** The jobs of a pipeline's workflows in the order of the config; of a line of reruns, those of the newest. */
export function listCurrentJobs(db: Db, pipelineId: number): JobWithWorkflow[] {
  const current = new Set(currentWorkflows(listWorkflows(db, pipelineId)).map(({ id }) => id));
  return listJobs(db, { pipelineId }).filter(({ workflow }) => current.has(workflow.id));
}

const jobById = prepared((orm) =>
  orm
    .select({ job: jobColumns, workflow: workflowColumns })
    .from(jobs)
    .innerJoin(workflows, eq(workflows.id, jobs.workflowId))
    .where(eq(jobs.id, sql.placeholder("id")))
    .prepare(),
);

/** One job with its workflow. */
export function findJob(db: Db, id: number): JobWithWorkflow | undefined {
  return jobById(db).get({ id });
}

/** One job that must exist, with its workflow. */
export function jobWithWorkflow(db: Db, jobId: number): JobWithWorkflow {
  const found = findJob(db, jobId);
  if (found === undefined) throw new Error(`there is no job ${jobId}`);
  return found;
}

const numberBefore = statement(
  `select jobs.number from pipelines
   join workflows on workflows.pipeline_id = pipelines.id
   join jobs on jobs.workflow_id = workflows.id
   where pipelines.project_id = :projectId and pipelines.branch = :branch and pipelines.id <= :pipelineId
     and jobs.number < :number
   order by pipelines.id desc, jobs.number desc limit 1`,
);

/** The number of the job that came before one on its branch; undefined for the first one. */
export function previousJobNumber(
  db: Db,
  { job, pipeline }: { readonly job: JobRow; readonly pipeline: PipelineRow },
): number | undefined {
  const { branch, projectId, id: pipelineId } = pipeline;
  if (branch === null || job.number === null) return undefined;
  const found = numberBefore(db).get({ projectId, branch, pipelineId, number: job.number });
  return (found as { number: number } | undefined)?.number;
}

/** Everything that deciding about a workflow needs. */
export interface LoadedWorkflow {
  readonly workflow: WorkflowRow;
  readonly plan: WorkflowPlan;
  /** In the order of the config, each with its attempts by node and number. */
  readonly jobs: readonly { readonly job: JobRow; readonly attempts: readonly AttemptRow[] }[];
}

const planOfWorkflow = prepared((orm) =>
  orm
    .select({ workflow: workflowColumns, plan: planColumn })
    .from(workflows)
    .where(eq(workflows.id, sql.placeholder("id")))
    .prepare(),
);

const attemptsOfWorkflow = prepared((orm) =>
  orm
    .select(attemptColumns)
    .from(jobs)
    .innerJoin(attempts, eq(attempts.jobId, jobs.id))
    .where(eq(jobs.workflowId, sql.placeholder("workflowId")))
    .orderBy(asc(attempts.nodeIndex), asc(attempts.number))
    .prepare(),
);

/** A workflow that must exist, with its plan, its jobs and their attempts. */
export function loadWorkflow(db: Db, workflowId: number): LoadedWorkflow {
  const { workflow, plan } = workflowWithPlan(db, workflowId);
  const byJob = Map.groupBy(attemptsOfWorkflow(db).all({ workflowId }), (attempt) => attempt.jobId);
  const rows = jobsOfWorkflow(db).all({ workflowId });
  return { workflow, plan, jobs: rows.map(({ job }) => ({ job, attempts: byJob.get(job.id) ?? [] })) };
}

/** A workflow that must exist, with its plan. */
export function workflowWithPlan(db: Db, id: number): { workflow: WorkflowRow; plan: WorkflowPlan } {
  const found = planOfWorkflow(db).get({ id });
  if (found === undefined) throw new Error(`there is no workflow ${id}`);
  return found;
}
