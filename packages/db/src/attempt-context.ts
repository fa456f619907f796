import type { JobPlan, WorkflowPlan } from "@fmg/core";
import { and, desc, eq, sql } from "./drizzle.ts";
import { getAttempt, listSteps } from "./attempts.ts";
import type { Db } from "./open-db.ts";
import { getPipeline } from "./pipelines.ts";
import type { AttemptRow, JobRow, PipelineRow, ProjectRow, StepRow, WorkflowRow } from "./rows.ts";
import { projects } from "./schema.ts";
import { prepared } from "./statements.ts";
import { getWorkflow, jobWithWorkflow, workflowWithPlan } from "./workflows.ts";

/** Everything that carrying out an attempt needs. */
export interface AttemptContext {
  readonly attempt: AttemptRow;
  readonly steps: readonly StepRow[];
  readonly job: JobRow;
  readonly jobPlan: JobPlan;
  readonly workflow: WorkflowRow;
  readonly plan: WorkflowPlan;
  /** The uuid of the first workflow of a line of reruns, which the workspace belongs to. */
  readonly workspaceUuid: string;
  readonly pipeline: PipelineRow;
  readonly project: ProjectRow;
}

/** The context of an attempt that must exist. */
export function attemptContext(db: Db, attemptId: number): AttemptContext {
  const attempt = getAttempt(db, attemptId);
  if (attempt === undefined) throw new Error(`there is no attempt ${attemptId}`);
  const { job } = jobWithWorkflow(db, attempt.jobId);
  const { workflow, plan } = workflowWithPlan(db, job.workflowId);
  const jobPlan = plan.jobs.find((candidate) => candidate.name === job.name);
  const pipeline = getPipeline(db, workflow.pipelineId);
  const project = pipeline && getProject(db, pipeline.projectId);
  if (jobPlan === undefined || pipeline === undefined || project === undefined) {
    throw new Error(`the rows above attempt ${attemptId} are incomplete`);
  }
  return {
    attempt,
    steps: listSteps(db, attemptId),
    job,
    jobPlan,
    workflow,
    plan,
    workspaceUuid: firstOfReruns(db, workflow).uuid,
    pipeline,
    project,
  };
}

const projectColumns = {
  id: projects.id,
  uuid: projects.uuid,
  githubId: projects.githubId,
  owner: projects.owner,
  name: projects.name,
  cloneUrl: projects.cloneUrl,
  defaultBranch: projects.defaultBranch,
  createdAt: projects.createdAt,
};

const projectById = prepared((orm) =>
  orm
    .select(projectColumns)
    .from(projects)
    .where(eq(projects.id, sql.placeholder("id")))
    .prepare(),
);

/** One project. */
export function getProject(db: Db, id: number): ProjectRow | undefined {
  return projectById(db).get({ id });
}

const projectByName = prepared((orm) =>
  orm
    .select(projectColumns)
    .from(projects)
    .where(
      and(
        sql`${projects.owner} = ${sql.placeholder("owner")} collate nocase`,
        sql`${projects.name} = ${sql.placeholder("name")} collate nocase`,
      ),
    )
    .orderBy(desc(projects.id))
    .limit(1)
    .prepare(),
);

/** The project of a repository's name; the newest, where the name passed from one repository to another. */
export function findProject(
  db: Db,
  { owner, name }: { owner: string; name: string },
): ProjectRow | undefined {
  return projectByName(db).get({ owner, name });
}

function firstOfReruns(db: Db, workflow: WorkflowRow): WorkflowRow {
  let first = workflow;
  while (first.rerunOf !== null) first = getWorkflow(db, first.rerunOf) ?? { ...first, rerunOf: null };
  return first;
}
