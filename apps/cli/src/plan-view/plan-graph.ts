import type { JobPlan, LeftOut, PipelinePlan, RequiredStatus, WorkflowPlan } from "@fmg/core";

/** The jobs of a plan and what each waits for; plain data, as `fmg config graph --format json` prints it. */
export interface PlanGraph {
  readonly workflows: readonly WorkflowGraph[];
}

export interface WorkflowGraph {
  readonly name: string;
  readonly leftOut?: LeftOut;
  /** By stage, and within one in the order of the config; jobs that are left out come last. */
  readonly jobs: readonly GraphJob[];
}

export interface GraphJob {
  readonly name: string;
  readonly kind: JobPlan["kind"];
  /** From 1: one more than the latest stage of what it waits for. Null: it does not run. */
  readonly stage: number | null;
  readonly requires: readonly { readonly job: string; readonly statuses: readonly RequiredStatus[] }[];
  readonly leftOut?: LeftOut;
}

/** The graph of a plan. */
export function planGraph(plan: PipelinePlan): PlanGraph {
  return { workflows: plan.workflows.map(workflowGraph) };
}

function workflowGraph({ name, jobs, leftOut }: WorkflowPlan): WorkflowGraph {
  const stages = stagesOf(jobs);
  const nodes = jobs.map((job) => graphJob(job, stages.get(job.name) ?? null));
  const inOrder = nodes.toSorted((a, b) => (a.stage ?? jobs.length + 1) - (b.stage ?? jobs.length + 1));
  return { name, ...(leftOut === undefined ? {} : { leftOut }), jobs: inOrder };
}

function graphJob({ name, kind, requires, leftOut }: JobPlan, stage: number | null): GraphJob {
  return {
    name,
    kind,
    stage,
    requires: requires.map(({ job, statuses }) => ({ job, statuses })),
    ...(leftOut === undefined ? {} : { leftOut }),
  };
}

/** Wave by wave, without recursion: a thousand jobs in a row are a thousand waves. (R-REQ-4) */
function stagesOf(jobs: readonly JobPlan[]): ReadonlyMap<string, number> {
  const stages = new Map<string, number>();
  const waiting = new Map<string, number>();
  const dependants = new Map<string, JobPlan[]>();
  let wave: JobPlan[] = [];
  for (const job of jobs) {
    if (job.leftOut !== undefined) continue;
    waiting.set(job.name, job.requires.length);
    if (job.requires.length === 0) wave.push(job);
    for (const { job: name } of job.requires) {
      dependants.set(name, [...(dependants.get(name) ?? []), job]);
    }
  }
  for (let stage = 1; wave.length > 0; stage++) {
    const next: JobPlan[] = [];
    for (const { name } of wave) {
      stages.set(name, stage);
      for (const job of dependants.get(name) ?? []) {
        const left = waiting.get(job.name)! - 1;
        waiting.set(job.name, left);
        if (left === 0) next.push(job);
      }
    }
    wave = next;
  }
  return stages;
}
