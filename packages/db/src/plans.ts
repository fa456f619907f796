import {
  currentWorkflows,
  type Diagnostic,
  type Instant,
  type JobPlan,
  type LeftOut,
  type PipelineId,
  type PipelinePlan,
  type Reason,
  type Rerun,
  type WorkflowId,
  type WorkflowPlan,
} from "@fmg/core";
import { sql } from "./drizzle.ts";
import { movePipeline, type Move } from "./job-states.ts";
import type { Db } from "./open-db.ts";
import { getPipeline } from "./pipelines.ts";
import type { PipelineRow } from "./rows.ts";
import { jobs, workflows } from "./schema.ts";
import { prepared, statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";
import { newUuid } from "./uuid.ts";
import { listWorkflows } from "./workflows.ts";

/** Why something is left out, as its row says it. */
interface Skipped {
  readonly reason: Reason;
  readonly message: string;
}

/**
 * Stores a compiled plan in one transaction: the workflows, their jobs (`blocked`, or `skipped` where the plan leaves
 * them out) and the warnings; the pipeline becomes `running`, or `skipped` when nothing is to run. For a pipeline that
 * is not pending any more nothing is done. Returns the pipeline's workflows either way.
 */
export function storePlan(
  db: Db,
  pipelineId: number,
  plan: PipelinePlan,
  { warnings, now }: { warnings: readonly Diagnostic[]; now: Instant },
): { workflowIds: readonly WorkflowId[] } {
  return inTransaction(db, () => {
    const pipeline = getPipeline(db, pipelineId);
    if (pipeline === undefined) throw new Error(`there is no pipeline ${pipelineId}`);
    if (pipeline.status !== "pending") {
      return { workflowIds: listWorkflows(db, pipelineId).map((workflow) => workflow.id) };
    }
    movePipeline(db, pipelineId, "pending", moveOfPipeline(plan, now));
    putDiagnostics(db).run({ id: pipelineId, diagnostics: JSON.stringify(warnings) });
    return { workflowIds: storeWorkflows(db, pipeline, plan, { lines: linesOf(db, pipeline), now }) };
  });
}

/** Stores the workflows of a plan with their jobs. Call it inside a transaction. */
export function storeWorkflows(
  db: Db,
  pipeline: PipelineRow,
  plan: PipelinePlan,
  { lines, now }: { lines?: ReadonlyMap<string, PlaceInLine>; now: Instant },
): WorkflowId[] {
  return plan.workflows.map((workflow) => {
    const line = lines?.get(workflow.name);
    const id = storeWorkflow(db, pipeline, workflow, { skipped: whySkipped(workflow), line, now });
    for (const job of workflow.jobs) storeJob(db, pipeline, job, { workflowId: id, now });
    return id;
  });
}

/** The place of a new workflow in its line of reruns. */
export interface PlaceInLine {
  readonly rerunOf: WorkflowId;
  readonly rerun: Rerun;
}

/** Of a pipeline that is compiled anew, the lines that its workflows go on, by their names. */
function linesOf(db: Db, pipeline: PipelineRow): ReadonlyMap<string, PlaceInLine> {
  const current = currentWorkflows(listWorkflows(db, pipeline.id));
  return new Map(
    current.map(({ id, name, rerun }) => {
      const number = (rerun?.number ?? 0) + 1;
      return [name, { rerunOf: id, rerun: { from: "fresh", by: pipeline.recompiledBy, number } }];
    }),
  );
}

/** Ends a pending pipeline whose config cannot be run. False when it is not pending any more. */
export function rejectPipeline(
  db: Db,
  pipelineId: number,
  rejection: { reason: Reason; message: string; diagnostics: readonly Diagnostic[] },
  now: Instant,
): boolean {
  const { reason, message, diagnostics } = rejection;
  return inTransaction(db, () => {
    if (!movePipeline(db, pipelineId, "pending", { status: "error", reason, message, at: now })) return false;
    putDiagnostics(db).run({ id: pipelineId, diagnostics: JSON.stringify(diagnostics) });
    return true;
  });
}

export const putDiagnostics = statement("update pipelines set diagnostics = :diagnostics where id = :id");

/** Why a workflow does not run; undefined when it does. */
function whySkipped(plan: WorkflowPlan): Skipped | undefined {
  if (plan.leftOut !== undefined) return { reason: plan.leftOut.reason, message: plan.leftOut.message };
  const leftOut = plan.jobs.flatMap((job) => (job.leftOut === undefined ? [] : [job.leftOut]));
  if (leftOut.length < plan.jobs.length) return undefined;
  if (leftOut.length === 0) return { reason: "nothing_to_run", message: "the workflow has no jobs" };
  return { reason: commonReason(leftOut), message: "every job of the workflow is left out" };
}

function commonReason(leftOut: readonly LeftOut[]): Reason {
  return leftOut.every(({ reason }) => reason === "condition_false") ? "condition_false" : "filtered_out";
}

function moveOfPipeline(plan: PipelinePlan, at: Instant): Move {
  if (plan.workflows.some((workflow) => whySkipped(workflow) === undefined)) return { status: "running", at };
  const message = plan.workflows.length === 0 ? "the config has no workflows" : "every workflow is left out";
  return { status: "skipped", reason: "nothing_to_run", message, at };
}

const insertWorkflow = prepared((orm) =>
  orm
    .insert(workflows)
    .values({
      uuid: sql.placeholder("uuid"),
      pipelineId: sql.placeholder("pipelineId"),
      name: sql.placeholder("name"),
      status: sql.placeholder("status"),
      reason: sql.placeholder("reason"),
      message: sql.placeholder("message"),
      plan: sql.placeholder("plan"),
      rerunOf: sql.placeholder("rerunOf"),
      rerun: sql.placeholder("rerun"),
      createdAt: sql.placeholder("now"),
      startedAt: sql.placeholder("startedAt"),
      finishedAt: sql.placeholder("finishedAt"),
    })
    .returning({ id: workflows.id })
    .prepare(),
);

/** Stores a workflow without its jobs. Call it inside a transaction. */
export function storeWorkflow(
  db: Db,
  pipeline: { readonly id: PipelineId },
  plan: WorkflowPlan,
  { skipped, line, now }: { skipped?: Skipped | undefined; line?: PlaceInLine | undefined; now: Instant },
): WorkflowId {
  const runs = skipped === undefined;
  const { id } = insertWorkflow(db).get({
    uuid: newUuid(now),
    pipelineId: pipeline.id,
    name: plan.name,
    status: runs ? "running" : "skipped",
    reason: skipped?.reason ?? null,
    message: skipped?.message ?? null,
    plan,
    rerunOf: line?.rerunOf ?? null,
    rerun: line?.rerun ?? null,
    now,
    startedAt: runs ? now : null,
    finishedAt: runs ? null : now,
  });
  return id;
}

const takeJobNumber = statement(
  `update projects set next_job_number = next_job_number + 1 where id = :id
   returning next_job_number - 1 as number`,
);

const insertJob = prepared((orm) =>
  orm
    .insert(jobs)
    .values({
      uuid: sql.placeholder("uuid"),
      workflowId: sql.placeholder("workflowId"),
      name: sql.placeholder("name"),
      number: sql.placeholder("number"),
      kind: sql.placeholder("kind"),
      status: sql.placeholder("status"),
      reason: sql.placeholder("reason"),
      message: sql.placeholder("message"),
      serialGroup: sql.placeholder("serialGroup"),
      createdAt: sql.placeholder("now"),
      finishedAt: sql.placeholder("finishedAt"),
    })
    .prepare(),
);

/** Stores a job that is to run, or that the plan leaves out. Call it inside a transaction. */
export function storeJob(
  db: Db,
  pipeline: { id: PipelineId; projectId: number },
  plan: JobPlan,
  { workflowId, now }: { workflowId: WorkflowId; now: Instant },
): void {
  const { leftOut } = plan;
  const numbered =
    leftOut === undefined
      ? (takeJobNumber(db).get({ id: pipeline.projectId }) as { number: number })
      : undefined;
  insertJob(db).run({
    uuid: newUuid(now),
    workflowId,
    name: plan.name,
    number: numbered?.number ?? null,
    kind: plan.kind,
    status: leftOut === undefined ? "blocked" : "skipped",
    reason: leftOut?.reason ?? null,
    message: leftOut?.message ?? null,
    serialGroup: serialGroupOf(plan),
    now,
    finishedAt: leftOut === undefined ? null : now,
  });
}

/** A lock and an unlock are about a key of the same kind as a serial group's. (R-LOCK-1) */
function serialGroupOf(plan: JobPlan): string | null {
  return (plan.kind === "build" ? undefined : plan.lockKey) ?? plan.serialGroup ?? null;
}
