import type { Instant } from "../ids.ts";
import type { ImagePlan } from "../plan/executor-plan.ts";
import type { JobPlan, WorkflowPlan } from "../plan/pipeline-plan.ts";
import { isFinal, type Status } from "../status.ts";
import { circleciStatus, type JobState } from "./ready-jobs.ts";
import { workspaceDays } from "./workspace.ts";

/** A workflow may be started again so often, reruns of reruns included, and its pipeline may be so old. (R-RR-2) */
export const maxReruns = 100;
export const rerunDays = 90;

const DAY_MS = 24 * 3_600_000;

/** What somebody wishes to run again of a workflow. */
export type RerunWish =
  { readonly from: "start" } | { readonly from: "failed" } | { readonly from: "job"; readonly job: string };

/** How a workflow came to be a rerun; stored with it. */
export interface Rerun {
  readonly from: RerunWish["from"] | "fresh";
  /** The job of a rerun of one job. */
  readonly job?: string;
  /** The name of the token; null: FMG itself. */
  readonly by: string | null;
  /** 1 for the first rerun of its line, 2 for the next. */
  readonly number: number;
  /** The containers of its jobs stay so long if they fail. */
  readonly keepForMs?: number;
  /** Its jobs see no cache that was saved before it, and what they save takes the place of those. */
  readonly cleanCache?: boolean;
}

/** A job of the workflow that is started again. */
export interface RerunJob {
  readonly name: string;
  readonly status: Status;
  readonly finishedAt: Instant | null;
}

/** What a rerun runs again; all other jobs stand in it as they ended. */
export type RerunPlan =
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "rerun"; readonly runs: ReadonlySet<string> };

/**
 * Which jobs of an ended workflow run again: all of them; those that did not succeed; or one job, and what follows it and
 * did not succeed. The others are carried over, with their logs, artifacts, tests and workspace layers. (R-RR-1, R-WS-8)
 */
export function planRerun(
  plan: WorkflowPlan,
  jobs: readonly RerunJob[],
  wish: RerunWish,
  now: Instant,
): RerunPlan {
  const open = jobs.find(({ status }) => !isFinal(status));
  if (open !== undefined) return refused(`job "${open.name}" of it has not ended: it is ${open.status}`);
  if (plan.jobs.every(({ leftOut }) => leftOut !== undefined)) return refused("it has nothing to run");
  const named = jobsThatRun(plan, new Map(jobs.map((job) => [job.name, job])), wish);
  if (typeof named === "string") return refused(named);
  const runs = withWholeGroups(plan, named);
  const late = plan.jobs.find((job) => !runs.has(job.name) && persists(job) && isOver(job, jobs, now));
  if (late !== undefined) {
    return refused(
      `what "${late.name}" persisted is gone after ${workspaceDays} days: start it from the start`,
    );
  }
  return { kind: "rerun", runs };
}

function refused(message: string): RerunPlan {
  return { kind: "refused", message };
}

function jobsThatRun(
  plan: WorkflowPlan,
  jobs: ReadonlyMap<string, RerunJob>,
  wish: RerunWish,
): ReadonlySet<string> | string {
  const runnable = plan.jobs.filter(({ leftOut }) => leftOut === undefined);
  const succeeded = (name: string): boolean => jobs.get(name)?.status === "success";
  switch (wish.from) {
    case "start":
      return new Set(runnable.map(({ name }) => name));
    case "failed": {
      const bad = runnable.filter(({ name }) => !succeeded(name)).map(({ name }) => name);
      const ended = bad.map((name) => jobs.get(name)?.status);
      if (ended.every((status) => status === "skipped")) return "none of its jobs failed or was canceled";
      return new Set(bad);
    }
    case "job": {
      if (!runnable.some(({ name }) => name === wish.job)) return `job "${wish.job}" is left out of it`;
      const after = runnable.filter(({ name }) => !succeeded(name)).map(({ name }) => name);
      return new Set([wish.job, ...after.filter((name) => isAfter(plan, name, wish.job))]);
    }
  }
}

/** What runs under a lock runs again with all that runs under it, and takes the lock anew. (R-JG-6, R-SER-8) */
function withWholeGroups(plan: WorkflowPlan, runs: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set(runs);
  for (const members of locked(plan)) {
    if (members.some((name) => runs.has(name))) for (const name of members) all.add(name);
  }
  return all;
}

/** For each lock the names of what stands between it and its unlock, both included. */
function locked(plan: WorkflowPlan): string[][] {
  const there = plan.jobs.filter(({ leftOut }) => leftOut === undefined);
  const keyOf = (job: JobPlan) => (job.kind === "build" ? undefined : job.lockKey);
  return there.flatMap((lock) => {
    if (lock.kind !== "lock") return [];
    const unlock = there.find((job) => {
      return job.kind === "unlock" && keyOf(job) === keyOf(lock) && isAfter(plan, job.name, lock.name);
    });
    if (unlock === undefined) return [];
    const between = there.filter(({ name }) => {
      return isAfter(plan, name, lock.name) && isAfter(plan, unlock.name, name);
    });
    return [[lock, ...between, unlock].map(({ name }) => name)];
  });
}

function isAfter(plan: WorkflowPlan, name: string, first: string, seen = new Set<string>()): boolean {
  if (seen.has(name)) return false;
  seen.add(name);
  const requires = plan.jobs.find((job) => job.name === name)?.requires ?? [];
  return requires.some(({ job }) => job === first || isAfter(plan, job, first, seen));
}

function persists(job: JobPlan): boolean {
  return job.kind === "build" && job.steps.some(({ kind }) => kind === "persist-to-workspace");
}

function isOver({ name }: JobPlan, jobs: readonly RerunJob[], now: Instant): boolean {
  const job = jobs.find((each) => each.name === name);
  return job?.status === "success" && now - (job.finishedAt ?? now) >= workspaceDays * DAY_MS;
}

/**
 * Whether a workflow that nobody canceled starts again by itself, from its failed jobs: one that somebody started again by
 * hand is left to people. (R-ARR-1)
 */
export function runsAgain(
  { maxAutoReruns }: Pick<WorkflowPlan, "maxAutoReruns">,
  ended: {
    readonly status: Status;
    readonly rerun: Pick<Rerun, "by" | "number"> | null;
    readonly jobs: readonly JobState[];
  },
): boolean {
  const { status, rerun, jobs } = ended;
  if (!isFinal(status) || status === "success") return false;
  const isByHand = rerun !== null && rerun.by !== null;
  if (isByHand || (rerun?.number ?? 0) >= maxAutoReruns) return false;
  return jobs.some((job) => isFinal(job.status) && circleciStatus(job.status, job.reason) === "failed");
}

/** The digests that the images of a job had, by their place in `docker:`. */
export type JobDigests = ReadonlyMap<number, string>;

/** The plan with each image pinned to what it was when its job ran; a job that never ran has nothing to pin. */
export function pinImages(plan: WorkflowPlan, digests: ReadonlyMap<string, JobDigests>): WorkflowPlan {
  return { ...plan, jobs: plan.jobs.map((job) => pinned(job, digests.get(job.name))) };
}

function pinned(job: JobPlan, digests: JobDigests | undefined): JobPlan {
  if (job.kind !== "build" || job.executor.kind !== "docker" || digests === undefined) return job;
  const [first, ...others] = job.executor.images;
  const pin = (image: ImagePlan, position: number): ImagePlan => {
    const digest = digests.get(position);
    return digest === undefined ? image : { ...image, pinned: digest };
  };
  const images = [pin(first, 0), ...others.map((image, index) => pin(image, index + 1))] as const;
  return { ...job, executor: { ...job.executor, images } };
}

/** A workflow in its line of reruns. */
export interface InLine {
  readonly id: number;
  readonly rerunOf: number | null;
}

/** The newest workflow of each line of reruns, in the order of the first ones: what a pipeline's result is made of. */
export function currentWorkflows<W extends InLine>(workflows: readonly W[]): W[] {
  const parents = new Map(workflows.map(({ id, rerunOf }) => [id, rerunOf]));
  const newest = new Map<number, W>();
  for (const workflow of workflows) {
    let root = workflow.id;
    for (let above = parents.get(root); above != null; above = parents.get(root)) root = above;
    const known = newest.get(root);
    if (known === undefined || known.id < workflow.id) newest.set(root, workflow);
  }
  return [...newest.values()];
}
