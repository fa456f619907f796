import { upstreamJobs, type JobPlan, type PipelinePlan, type WorkflowPlan } from "@fmg/core";
import { CliError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import type { EarlierResult } from "./stores/earlier-results.ts";

/** Which jobs of a config are to run. */
export type Selection =
  | { readonly kind: "all" }
  /** A workflow's, or a job's with all that it requires. */
  | { readonly kind: "named"; readonly name: string }
  /** One job by itself. */
  | { readonly kind: "alone"; readonly job: string }
  /** A job and all that comes after it; the others stand as an earlier run left them. */
  | { readonly kind: "from"; readonly job: string };

/** What is left of a workflow: its jobs that run, and those that stand as an earlier run left them. */
export interface SelectedWorkflow {
  readonly plan: WorkflowPlan;
  readonly earlier: ReadonlyMap<string, EarlierResult>;
}

/** The result that an earlier run left of a job, where it succeeded. */
export type FindEarlier = (workflow: string, job: string) => EarlierResult | undefined;

/** The workflows with what is to run of them. Throws CliError for a name that is none. */
export function selectJobs(
  plan: PipelinePlan,
  selection: Selection,
  findEarlier: FindEarlier,
): readonly SelectedWorkflow[] {
  switch (selection.kind) {
    case "all":
      return plan.workflows.map((workflow) => ({ plan: workflow, earlier: new Map() }));
    case "named": {
      const workflow = plan.workflows.find(({ name }) => name === selection.name);
      if (workflow !== undefined) return [{ plan: workflow, earlier: new Map() }];
      const found = findJob(plan, selection.name);
      const wanted = new Set([found.job.name, ...upstreamJobs(found.workflow, found.job.name)]);
      return [{ plan: onlyJobs(found.workflow, wanted), earlier: new Map() }];
    }
    case "alone": {
      const { workflow, job } = findJob(plan, selection.job);
      const earlier = earlierOf(workflow, upstreamJobs(workflow, job.name), findEarlier);
      return [{ plan: onlyJobs(workflow, new Set([job.name, ...earlier.keys()])), earlier }];
    }
    case "from":
      return [jobsFrom(plan, selection.job, findEarlier)];
  }
}

/** Whether a job is to run again. */
export type Touches = (workflow: string, job: JobPlan) => boolean;

/** Of what is selected only what is touched, and all that comes after it; the rest stands as an earlier run left it. */
export function onlyTouched(
  selected: readonly SelectedWorkflow[],
  touches: Touches,
  findEarlier: FindEarlier,
): readonly SelectedWorkflow[] {
  return selected.map(({ plan, earlier }) => {
    const isDue = (job: JobPlan): boolean =>
      !earlier.has(job.name) && (touches(plan.name, job) || findEarlier(plan.name, job.name) === undefined);
    const due = new Set(plan.jobs.filter(isDue).map(({ name }) => name));
    const names = plan.jobs.map(({ name }) => name);
    const others = names.filter((name) =>
      [name, ...upstreamJobs(plan, name)].every((each) => !due.has(each)),
    );
    return { plan, earlier: earlierOf(plan, new Set(others), findEarlier) };
  });
}

function jobsFrom(plan: PipelinePlan, name: string, findEarlier: FindEarlier): SelectedWorkflow {
  const { workflow, job } = findJob(plan, name);
  const after = workflow.jobs.filter((each) => upstreamJobs(workflow, each.name).has(job.name));
  const runs = new Set([job.name, ...after.map((each) => each.name)]);
  const needed = new Set([...runs].flatMap((each) => [...upstreamJobs(workflow, each)]));
  const before = new Set([...needed].filter((each) => !runs.has(each)));
  const earlier = earlierOf(workflow, before, findEarlier);
  const missing = [...before].filter((each) => !earlier.has(each) && isBuilt(workflow, each));
  if (missing.length > 0) {
    throw new CliError("not-found", `no earlier run here left a result of ${missing.join(", ")}`, [
      `Run it first:  fmg run ${missing[0]}`,
      `Or alone, without what it requires:  fmg run --job ${name}`,
    ]);
  }
  return { plan: onlyJobs(workflow, new Set([...runs, ...earlier.keys()])), earlier };
}

function isBuilt({ jobs }: WorkflowPlan, name: string): boolean {
  return jobs.find((job) => job.name === name)?.kind === "build";
}

function earlierOf(
  workflow: WorkflowPlan,
  names: ReadonlySet<string>,
  findEarlier: FindEarlier,
): ReadonlyMap<string, EarlierResult> {
  const found = [...names].flatMap((name): [string, EarlierResult][] => {
    const result = findEarlier(workflow.name, name);
    return result === undefined ? [] : [[name, result]];
  });
  return new Map(found);
}

/** The workflow with these jobs alone; a requirement of any other is gone, as of one that a filter leaves out. (R-REQ-5) */
function onlyJobs(workflow: WorkflowPlan, wanted: ReadonlySet<string>): WorkflowPlan {
  const jobs = workflow.jobs
    .filter(({ name }) => wanted.has(name))
    .map((job): JobPlan => ({ ...job, requires: job.requires.filter((each) => wanted.has(each.job)) }));
  return { ...workflow, jobs };
}

interface FoundJob {
  readonly workflow: WorkflowPlan;
  readonly job: JobPlan;
}

/** A job by its name, or by `workflow/job` where the name stands in two workflows. */
function findJob({ workflows }: PipelinePlan, name: string): FoundJob {
  const all = workflows.flatMap((workflow) => workflow.jobs.map((job) => ({ workflow, job })));
  const found = all.filter(({ workflow, job }) => job.name === name || fullName(workflow, job) === name);
  const [first, ...others] = found;
  if (first === undefined) throw unknown(name, workflows, all);
  if (others.length > 0) {
    const names = found.map(({ workflow, job }) => fullName(workflow, job));
    throw new CliError("usage", `"${name}" stands in ${found.length} workflows`, [
      `Name one:  ${names.join(", ")}`,
    ]);
  }
  if (first.job.leftOut !== undefined) {
    throw new CliError("usage", `job "${name}" does not run: ${first.job.leftOut.message}`, [
      "On another branch:  --branch <name>, or --tag <name>",
    ]);
  }
  return first;
}

function fullName(workflow: WorkflowPlan, job: JobPlan): string {
  return `${workflow.name}/${job.name}`;
}

function unknown(name: string, workflows: readonly WorkflowPlan[], all: readonly FoundJob[]): CliError {
  const names = [...new Set([...workflows.map((each) => each.name), ...all.map(({ job }) => job.name)])];
  const guess = nearest(name, names);
  return new CliError("not-found", `the config has no workflow or job "${name}"`, [
    ...(guess === undefined ? [] : [`Did you mean:  fmg run ${guess}`]),
    `It has:  ${names.join(", ")}`,
  ]);
}
