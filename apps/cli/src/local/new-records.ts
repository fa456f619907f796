import type { Instant, JobPlan } from "@fmg/core";
import { nextId, untouched, type JobRecord, type RunRecord, type WorkflowRecord } from "./board.ts";
import type { SelectedWorkflow } from "./select-jobs.ts";
import type { EarlierResult } from "./stores/earlier-results.ts";

/** A run of the selected jobs, of which nothing has started yet. */
export function newRun(
  selected: readonly SelectedWorkflow[],
  { now, ...rest }: Pick<RunRecord, "uuid" | "number" | "demandOf"> & { readonly now: Instant },
): RunRecord {
  const run: RunRecord = {
    ...rest,
    startedAt: now,
    workflows: [],
    cancellation: null,
    rejected: [],
    lastId: 0,
  };
  for (const workflow of selected) run.workflows.push(newWorkflow(run, workflow, now));
  return run;
}

/** A workflow of a run, of which nothing has started yet. */
export function newWorkflow(
  run: RunRecord,
  { plan, earlier }: SelectedWorkflow,
  now: Instant,
): WorkflowRecord {
  const uuid = crypto.randomUUID();
  return {
    id: nextId(run),
    uuid,
    workspaceUuid: uuid,
    plan,
    jobs: plan.jobs.map((job) => {
      const result = earlier.get(job.name);
      return result === undefined ? newJob(run, job, now) : carriedFrom(run, job, result);
    }),
    layers: [...earlier.values()].flatMap(({ layers }) => layers).sort((a, b) => a.storedAt - b.storedAt),
    rerunOf: null,
    rerun: null,
    status: "running",
  };
}

/** A job that is to run, or that the config leaves out. */
export function newJob(run: RunRecord, plan: JobPlan, now: Instant): JobRecord {
  const { leftOut } = plan;
  const job = { ...blank(run, plan), isCarried: false, ...untouched };
  if (leftOut === undefined) return { ...job, status: "blocked" };
  return { ...job, status: "skipped", reason: leftOut.reason, message: leftOut.message, finishedAt: now };
}

/** A job of a rerun that stands as it ended in the workflow before. */
export function carriedJob(run: RunRecord, plan: JobPlan, ended: JobRecord): JobRecord {
  const { status, reason, message, startedAt, finishedAt, attempts } = ended;
  const stands = { status, reason, message, startedAt, finishedAt, attempts };
  return { ...blank(run, plan), isCarried: true, ...stands };
}

function carriedFrom(run: RunRecord, plan: JobPlan, { finishedAt }: EarlierResult): JobRecord {
  const message = "as an earlier run left it";
  return { ...blank(run, plan), isCarried: true, ...untouched, status: "success", message, finishedAt };
}

function blank(run: RunRecord, plan: JobPlan) {
  const wishes = { serialAskedAt: null, approval: null, cancellation: null };
  return { id: nextId(run), uuid: crypto.randomUUID(), plan, attempts: [], ...wishes };
}
