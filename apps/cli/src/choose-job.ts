import type { Job } from "@fmg/client";

import { CliError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { plain } from "./ui.ts";

/** A job that was named, and which of its attempts; undefined: the newest. */
export interface NamedJob {
  readonly job: Job;
  readonly attempt: number | undefined;
}

/** The name that tells a job from the pipeline's others: `workflow/job` where the bare name stands in two workflows. */
export function jobLabel(job: Job, jobs: readonly Job[]): string {
  const alone = jobs.filter((other) => other.name === job.name).length === 1;
  return plain(alone ? job.name : fullName(job));
}

/**
 * The job that a name, a `workflow/job`, the unique beginning of either or of its uuid means, and with `:2` behind it its
 * second attempt. `command` is for the errors' hints.
 */
export function findJob(
  jobs: readonly Job[],
  name: string,
  pipelineId: number,
  command = "fmg logs",
): NamedJob {
  const whole = jobsNamed(jobs, name);
  const split = /^(.+):([1-9]\d{0,8})$/.exec(name);
  const [found, attempt] =
    whole.length > 0 || split === null ? [whole, undefined] : [jobsNamed(jobs, split[1]!), Number(split[2])];
  if (found.length === 1) return { job: found[0]!, attempt };
  if (found.length > 1) throw ambiguous(name, found, jobs, { pipelineId, command });
  throw unknown(split?.[1] ?? name, jobs, { pipelineId, command });
}

/** The jobs of the workflow that is named: `nightly/`. */
export function jobsOfWorkflow(
  jobs: readonly Job[],
  name: string,
  pipelineId: number,
  command: string,
): readonly Job[] {
  const found = jobs.filter(({ workflow }) => workflow.name === name);
  if (found.length > 0) return found;
  const all = [...new Set(jobs.map(({ workflow }) => workflow.name))];
  const guess = nearest(name, all);
  throw new CliError("not-found", `pipeline ${pipelineId} has no workflow "${name}"`, [
    ...(guess === undefined ? [] : [`Did you mean:  ${command} ${pipelineId} ${quoted(`${guess}/`)}`]),
    all.length === 0 ? "It has none." : `Its workflows:  ${all.map(plain).join(", ")}`,
  ]);
}

/** What to say where one job had to be named and nobody can be asked. */
export function severalJobs(jobs: readonly Job[], pipelineId: number, command = "fmg logs"): CliError {
  const failed = jobs.find(hasFailed);
  const example = `Name one: ${command} ${pipelineId} ${quoted(jobLabel(failed ?? jobs[0]!, jobs))}`;
  const all = `        All that failed: fmg logs ${pipelineId} --failed`;
  return new CliError("usage", `pipeline ${pipelineId} has ${jobs.length} jobs: ${labels(jobs, jobs)}`, [
    failed === undefined || command !== "fmg logs" ? example : example + all,
  ]);
}

export function hasFailed(job: Job): boolean {
  return job.status === "failure" || job.status === "error";
}

/** As a shell takes it for one word. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The jobs that the nearest way of naming gives: a whole name before a beginning, a name before a uuid. */
function jobsNamed(jobs: readonly Job[], name: string): readonly Job[] {
  const ways: readonly ((job: Job) => boolean)[] = [
    (job) => job.name === name,
    (job) => fullName(job) === name,
    (job) => job.name.startsWith(name),
    (job) => fullName(job).startsWith(name),
    (job) => name.length >= 7 && job.uuid.startsWith(name),
  ];
  for (const means of ways) {
    const found = jobs.filter(means);
    if (found.length > 0) return found;
  }
  return [];
}

/** What the hints of an error name. */
interface Asked {
  readonly pipelineId: number;
  readonly command: string;
}

function ambiguous(
  name: string,
  found: readonly Job[],
  jobs: readonly Job[],
  { pipelineId, command }: Asked,
): CliError {
  return new CliError(
    "usage",
    `"${name}" means ${found.length} jobs of pipeline ${pipelineId}: ${labels(found, jobs)}`,
    [`Name one: ${command} ${pipelineId} ${quoted(jobLabel(found[0]!, jobs))}`],
  );
}

function unknown(name: string, jobs: readonly Job[], { pipelineId, command }: Asked): CliError {
  const all = jobs.map((job) => jobLabel(job, jobs));
  const guess = nearest(name, all);
  return new CliError("not-found", `pipeline ${pipelineId} has no job "${name}"`, [
    ...(guess === undefined ? [] : [`Did you mean:  ${command} ${pipelineId} ${quoted(guess)}`]),
    all.length === 0 ? "It has no jobs." : `Its jobs:  ${all.join(", ")}`,
  ]);
}

function labels(some: readonly Job[], all: readonly Job[]): string {
  return some.map((job) => jobLabel(job, all)).join(", ");
}

function fullName(job: Job): string {
  return `${job.workflow.name}/${job.name}`;
}
