import {
  currentWorkflows,
  isFinal,
  maxReruns,
  pinImages,
  pipelineContext,
  planRerun,
  rerunDays,
  statusDescription,
  type Instant,
  type JobDigests,
  type PipelineId,
  type RerunWish,
  type WorkflowId,
} from "@fmg/core";
import { listAttempts } from "./attempts.ts";
import { getContinuation } from "./continuations.ts";
import { reopenPipeline } from "./job-states.ts";
import type { Db } from "./open-db.ts";
import { enqueueStatus } from "./outbox.ts";
import { getPipeline } from "./pipelines.ts";
import { storeJob, storeWorkflow } from "./plans.ts";
import type { AttemptRow, JobRow, PipelineRow } from "./rows.ts";
import { statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";
import { newUuid } from "./uuid.ts";
import { listWorkflows, loadWorkflow, type LoadedWorkflow } from "./workflows.ts";

const DAY_MS = 24 * 3_600_000;

/** Who starts something again, and what is special about it. */
export interface RerunBy {
  /** The name of the token; null: FMG itself. */
  readonly by: string | null;
  /** The containers of its jobs stay so long if they fail. */
  readonly keepForMs?: number | undefined;
  /** Its jobs see no cache that was saved before it. */
  readonly cleanCache?: boolean | undefined;
  /** FMG's public URL; the status points at `<base>/p/<pipeline>`. */
  readonly statusTargetBase: string;
  readonly now: Instant;
}

export type StoredRerun =
  | { readonly kind: "refused"; readonly message: string }
  | {
      readonly kind: "started";
      readonly pipelineId: PipelineId;
      readonly workflowId: WorkflowId;
      readonly number: number;
    };

/**
 * Starts an ended workflow again: a new workflow of the same plan, its images pinned to what they were, in which the jobs
 * that do not run again stand as they ended; the pipeline runs again. Nothing of the first run is touched. Of two who ask
 * at once one is refused. (R-RR-1 to R-RR-4)
 */
export function storeRerun(db: Db, workflowId: number, wish: RerunWish, by: RerunBy): StoredRerun {
  return inTransaction(db, () => {
    const loaded = loadWorkflow(db, workflowId);
    const pipeline = getPipeline(db, loaded.workflow.pipelineId);
    if (pipeline === undefined) throw new Error(`there is no pipeline of workflow ${workflowId}`);
    const late = whyNotAny(pipeline, by.now) ?? whyNotThis(db, loaded, pipeline) ?? whyNotSetup(db, loaded);
    if (late !== undefined) return { kind: "refused", message: late };
    const jobs = loaded.jobs.map(({ job }) => job);
    const planned = planRerun(loaded.plan, jobs, wish, by.now);
    if (planned.kind === "refused") return planned;
    const number = (loaded.workflow.rerun?.number ?? 0) + 1;
    const rerun = {
      ...wish,
      by: by.by,
      number,
      ...(by.keepForMs === undefined ? {} : { keepForMs: by.keepForMs }),
      ...(by.cleanCache === true ? { cleanCache: true } : {}),
    };
    const plan = pinImages(loaded.plan, digestsOf(db, jobs));
    const line = { rerunOf: loaded.workflow.id, rerun };
    const id = storeWorkflow(db, pipeline, plan, { line, now: by.now });
    const rows = new Map(jobs.map((job) => [job.name, job]));
    for (const job of plan.jobs) {
      const row = rows.get(job.name);
      if (row === undefined || planned.runs.has(job.name)) {
        storeJob(db, pipeline, job, { workflowId: id, now: by.now });
      } else carryOver(db, row, { workflowId: id, now: by.now });
    }
    reopenPipeline(db, pipeline.id, { status: "running" });
    tellPending(db, pipeline, "running", by);
    return { kind: "started", pipelineId: pipeline.id, workflowId: id, number };
  });
}

/**
 * Has the config of an ended pipeline compiled anew at its commit: with what orbs, and the compiler, are by now. Each
 * workflow goes on the line of the one of its name. Returns why not, or undefined.
 */
export function requestFreshRerun(
  db: Db,
  pipelineId: number,
  by: RerunBy & { by: string },
): string | undefined {
  return inTransaction(db, () => {
    const pipeline = getPipeline(db, pipelineId);
    if (pipeline === undefined) throw new Error(`there is no pipeline ${pipelineId}`);
    if (!isFinal(pipeline.status)) return `it has not ended: it is ${pipeline.status}`;
    const workflows = listWorkflows(db, pipelineId);
    const late =
      whyNotAny(pipeline, by.now) ?? whyContinued(db, pipelineId) ?? workflows.map(whyTooOften).find(Boolean);
    if (late !== undefined) return late;
    reopenPipeline(db, pipelineId, { status: "pending", recompiledBy: by.by });
    tellPending(db, pipeline, "pending", by);
    return undefined;
  });
}

function whyNotAny(pipeline: PipelineRow, now: Instant): string | undefined {
  if (now - pipeline.createdAt < rerunDays * DAY_MS) return undefined;
  return `pipeline ${pipeline.id} is older than ${rerunDays} days`;
}

function whyNotThis(
  db: Db,
  { workflow }: Pick<LoadedWorkflow, "workflow">,
  pipeline: PipelineRow,
): string | undefined {
  if (pipeline.status === "pending") return `the config of pipeline ${pipeline.id} is about to be compiled`;
  const current = currentWorkflows(listWorkflows(db, pipeline.id));
  if (current.some(({ id }) => id === workflow.id)) return whyTooOften(workflow);
  const newer = current.findLast(({ name, id }) => name === workflow.name && id > workflow.id);
  const which = newer === undefined ? "another workflow" : `workflow ${newer.id}`;
  return `it was started again already, as ${which}${newer === undefined ? "" : `, which is ${newer.status}`}`;
}

function whyNotSetup(db: Db, { workflow, plan }: LoadedWorkflow): string | undefined {
  return plan.setup === true ? whyContinued(db, workflow.pipelineId) : undefined;
}

/** A pipeline is continued once: its setup would be for nothing. (R-DYN-4) */
function whyContinued(db: Db, pipelineId: number): string | undefined {
  if (getContinuation(db, pipelineId)?.acceptedAt == null) return undefined;
  return `pipeline ${pipelineId} was continued already, which can be done once. Trigger a new one for the commit`;
}

function whyTooOften({ rerun }: LoadedWorkflow["workflow"]): string | undefined {
  return (rerun?.number ?? 0) >= maxReruns ? `it was started again ${maxReruns} times` : undefined;
}

/** What the images of each job were when it ran: the pins of its rerun. */
function digestsOf(db: Db, jobs: readonly JobRow[]): ReadonlyMap<string, JobDigests> {
  return new Map(jobs.map((job) => [job.name, digestsOfAttempts(listAttempts(db, job.id))]));
}

function digestsOfAttempts(attempts: readonly AttemptRow[]): JobDigests {
  const digests = new Map<number, string>();
  for (const { imageDigest, serviceImages } of attempts) {
    if (imageDigest !== null) digests.set(0, imageDigest);
    for (const [position, { digest }] of Object.entries(serviceImages)) digests.set(Number(position), digest);
  }
  return digests;
}

const insertCarried = statement(
  `insert into jobs (uuid, workflow_id, name, number, kind, status, reason, message, started_at, finished_at,
     held_at, approval, carried_from, created_at)
   select :uuid, :workflowId, name, number, kind, status, reason, message, started_at, finished_at,
     held_at, approval, coalesce(carried_from, id), created_at
   from jobs where id = :id`,
);

function carryOver(
  db: Db,
  { id }: JobRow,
  { workflowId, now }: { workflowId: WorkflowId; now: Instant },
): void {
  insertCarried(db).run({ id, workflowId, uuid: newUuid(now) });
}

/** The commit waits again, from this moment on. */
function tellPending(
  db: Db,
  pipeline: PipelineRow,
  status: "running" | "pending",
  { statusTargetBase, now }: RerunBy,
): void {
  const description = statusDescription({ status });
  const targetUrl = `${statusTargetBase}/p/${pipeline.id}`;
  enqueueStatus(
    db,
    pipeline.id,
    { context: pipelineContext(), state: "pending", description, targetUrl },
    now,
  );
}
