import type { Diff, JobDiff } from "@fmg/client";
import { currentWorkflows, diffPlans, variableNames, type JobPlan } from "@fmg/core";
import {
  listAttempts,
  listCurrentJobs,
  listSteps,
  listTests,
  listWorkflows,
  loadWorkflow,
  type Db,
  type JobRow,
  type ListedTest,
  type PipelineRow,
} from "@fmg/db";

const longestConfig = 200;
const longestTests = 100;
/** Of so many failures of a job the first are compared. */
const comparedTests = 1000;

/** A job with its workflow's name and its plan. */
interface Side {
  readonly workflow: string;
  readonly job: JobRow;
  readonly plan: JobPlan;
}

/** What changed from one pipeline to another; jobs are the same by their workflow's name and their own. */
export function diffPipelines(db: Db, before: PipelineRow, after: PipelineRow): Diff {
  const [old, now] = [sidesOf(db, before.id), sidesOf(db, after.id)];
  const [oldOrbs, nowOrbs] = [orbsOf(db, before.id), orbsOf(db, after.id)];
  const keys = [...new Set([...now.keys(), ...old.keys()])];
  return {
    before: pipelineSide(before),
    after: pipelineSide(after),
    parameters: changes(parametersOf(before), parametersOf(after)),
    orbs: changes(oldOrbs, nowOrbs).map(({ path: reference, ...sides }) => ({ reference, ...sides })),
    jobs: keys.map((key) => diffJobs(db, old.get(key), now.get(key))),
  };
}

function sidesOf(db: Db, pipelineId: number): ReadonlyMap<string, Side> {
  const current = listCurrentJobs(db, pipelineId);
  const plans = new Map(
    [...new Set(current.map(({ workflow }) => workflow.id))].map((id) => [id, loadWorkflow(db, id).plan]),
  );
  return new Map(
    current.flatMap(({ job, workflow }) => {
      const plan = plans.get(workflow.id)?.jobs.find(({ name }) => name === job.name);
      if (plan === undefined) return [];
      return [[JSON.stringify([workflow.name, job.name]), { workflow: workflow.name, job, plan }] as const];
    }),
  );
}

/** All workflows of a pipeline are of one config, and a rerun has the orbs of its first run. */
function orbsOf(db: Db, pipelineId: number): ReadonlyMap<string, string> {
  const plans = currentWorkflows(listWorkflows(db, pipelineId)).map(({ id }) => loadWorkflow(db, id).plan);
  return new Map(plans.flatMap(({ orbs = {} }) => Object.entries(orbs)));
}

function pipelineSide({ id, sha, event, branch, tag, status }: PipelineRow): Diff["before"] {
  return { id, sha, subject: event.commit.subject, branch, tag, status };
}

/** What a config may ask of the event that made a pipeline. */
function parametersOf({ event, branch, tag }: PipelineRow): ReadonlyMap<string, string> {
  const values = Object.entries({ ...event.textParameters, ...event.parameters });
  return new Map([
    ...(branch === null ? [] : [["branch", branch] as const]),
    ...(tag === null ? [] : [["tag", tag] as const]),
    ["trigger", event.kind],
    ...values.map(([name, value]) => [`parameters.${name}`, String(value)] as const),
  ]);
}

function changes(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Diff["parameters"] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => ({ path, before: before.get(path) ?? null, after: after.get(path) ?? null }));
}

function diffJobs(db: Db, before: Side | undefined, after: Side | undefined): JobDiff {
  const some = after ?? before;
  if (some === undefined) throw new Error("a job is on one side at least");
  const change = before === undefined ? "added" : after === undefined ? "removed" : "kept";
  const [old, now] = [namesOf(before), namesOf(after)];
  const plans = before !== undefined && after !== undefined ? diffPlans(before.plan, after.plan) : [];
  return {
    workflow: some.workflow,
    name: some.job.name,
    change,
    status: { before: before?.job.status ?? null, after: after?.job.status ?? null },
    durationMs: { before: durationOf(before), after: durationOf(after) },
    config: plans
      .slice(0, longestConfig)
      .map(({ path, before: was, after: is }) => ({ path, before: was ?? null, after: is ?? null })),
    images: changes(imagesOf(db, before), imagesOf(db, after)).map(({ path, ...sides }) => ({
      position: Number(path),
      ...sides,
    })),
    variables: newNames(old.variables, now.variables),
    contexts: newNames(old.contexts, now.contexts),
    caches: changes(cachesOf(db, before), cachesOf(db, after)).map(({ path: step, ...sides }) => ({
      step,
      ...sides,
    })),
    newlyFailing: newlyFailing(db, before, after),
  };
}

function namesOf(side: Side | undefined): ReturnType<typeof variableNames> {
  return side === undefined ? { variables: new Set(), contexts: new Set() } : variableNames(side.plan);
}

function newNames(before: Set<string>, after: Set<string>): JobDiff["variables"] {
  const beyond = (some: Set<string>, others: Set<string>): string[] =>
    [...some].filter((name) => !others.has(name)).sort();
  return { added: beyond(after, before), removed: beyond(before, after) };
}

function durationOf(side: Side | undefined): number | null {
  if (side === undefined) return null;
  const { startedAt, finishedAt } = side.job;
  return startedAt === null || finishedAt === null ? null : finishedAt - startedAt;
}

function imagesOf(db: Db, side: Side | undefined): ReadonlyMap<string, string> {
  if (side === undefined) return new Map();
  const digests = listAttempts(db, side.job.id).flatMap(({ imageDigest, serviceImages }) => [
    ...(imageDigest === null ? [] : [["0", imageDigest] as const]),
    ...Object.entries(serviceImages).map(([position, { digest }]) => [position, digest] as const),
  ]);
  return new Map(digests);
}

/** What the restoring steps of the first node say of their caches, by name and place. */
function cachesOf(db: Db, side: Side | undefined): ReadonlyMap<string, string> {
  const attempt = side && listAttempts(db, side.job.id).findLast(({ nodeIndex }) => nodeIndex === 0);
  if (attempt === undefined) return new Map();
  const steps = listSteps(db, attempt.id).filter(({ kind }) => kind === "restore-cache");
  return new Map(
    steps.flatMap(({ index, name, message }) =>
      message === null ? [] : [[`${name} (step ${index})`, message]],
    ),
  );
}

function newlyFailing(db: Db, before: Side | undefined, after: Side | undefined): JobDiff["newlyFailing"] {
  const key = ({ name, classname, file }: ListedTest): string => JSON.stringify([name, classname, file]);
  const known = new Set(failures(db, before).map(key));
  return failures(db, after)
    .filter((test) => !known.has(key(test)))
    .slice(0, longestTests)
    .map(({ name, classname, file, message }) => ({ name, classname, file, message }));
}

function failures(db: Db, side: Side | undefined): readonly ListedTest[] {
  return side === undefined
    ? []
    : listTests(db, side.job.id, { limit: comparedTests, skip: 0, only: "failure" });
}
