import type { Attempt, Client, Job, Pipeline } from "@fmg/client";

import { findJob, jobLabel, jobsOfWorkflow } from "./choose-job.ts";
import { CliError } from "./errors.ts";
import { findPipeline } from "./find-pipeline.ts";
import type { Session } from "./fmg-command.ts";
import type { PipelineReference } from "./pipeline-reference.ts";

/** Jobs of a pipeline that a command is about: the one that was named, those of a workflow (`ci/`), or all of them. */
export interface JobsMeant {
  readonly pipeline: Pipeline;
  /** All jobs of the pipeline. */
  readonly jobs: readonly Job[];
  readonly scope: "pipeline" | "workflow" | "job";
  readonly meant: readonly LabelledJob[];
  /** Which attempt was named, `test:2`; undefined: the newest. */
  readonly attempt: number | undefined;
  /** There is one job, whether it was named or is the only one. */
  readonly isOne: boolean;
}

export interface LabelledJob {
  readonly job: Job;
  /** The job's name, with its workflow where that is needed to tell it apart. */
  readonly label: string;
}

/** Looks the jobs up; `command` is for the errors' hints: `fmg tests`. The one resolver of what a command line names. */
export async function jobsMeant(
  { client }: Pick<Session, "client">,
  reference: PipelineReference,
  name: string | undefined,
  command: string,
): Promise<JobsMeant> {
  const pipeline = await findPipeline(client, reference);
  const { items: jobs } = await client.listJobs({ params: { id: pipeline.id } });
  return amongJobs(pipeline, jobs, name ?? nameIn(reference), command);
}

/** The same for a pipeline whose jobs are known. */
export function amongJobs(
  pipeline: Pipeline,
  jobs: readonly Job[],
  name: string | undefined,
  command: string,
): JobsMeant {
  const labelled = (some: readonly Job[]) => some.map((job) => ({ job, label: jobLabel(job, jobs) }));
  const found = { pipeline, jobs, attempt: undefined, isOne: false } as const;
  if (name === undefined) {
    return { ...found, scope: "pipeline", meant: labelled(jobs), isOne: jobs.length === 1 };
  }
  if (name.length > 1 && name.endsWith("/")) {
    const own = jobsOfWorkflow(jobs, name.slice(0, -1), pipeline.id, command);
    return { ...found, scope: "workflow", meant: labelled(own) };
  }
  const { job, attempt } = findJob(jobs, name, pipeline.id, command);
  return { ...found, scope: "job", meant: labelled([job]), attempt, isOne: true };
}

/** The job in the address of a job's page. */
export function nameIn(reference: PipelineReference): string | undefined {
  return reference.kind === "id" ? reference.job : undefined;
}

/** For commands whose data are about the newest attempt of each job alone. */
export function refuseAttempt({ attempt, meant }: JobsMeant, command: string): void {
  if (attempt === undefined) return;
  throw new CliError("usage", `${command} is about a job's newest attempt`, [
    `Without the attempt:  ${command} … ${meant[0]!.label}`,
  ]);
}

/** The attempts of a job that `name:2` and `--node` leave: one of each node unless a node is named. */
export async function attemptsMeant(
  client: Client,
  { job, label }: LabelledJob,
  { attempt, node }: { readonly attempt?: number | undefined; readonly node?: number | undefined },
): Promise<readonly Attempt[]> {
  const all =
    attempt === undefined ? job.attempts : (await client.listAttempts({ params: { id: job.id } })).items;
  const ofNumber = all.filter(({ number }) => attempt === undefined || number === attempt);
  if (attempt !== undefined && ofNumber.length === 0) {
    const numbers = [...new Set(all.map(({ number }) => number))].sort((a, b) => a - b);
    throw nothing(`job "${label}" has no attempt ${attempt}`, "Its attempts", numbers);
  }
  const found = ofNumber.filter(({ nodeIndex }) => node === undefined || nodeIndex === node);
  if (node !== undefined && found.length === 0) {
    const nodes = ofNumber.map(({ nodeIndex }) => nodeIndex);
    throw nothing(`job "${label}" of pipeline ${job.pipelineId} has no node ${node}`, "Its nodes", nodes);
  }
  return found;
}

function nothing(message: string, what: string, there: readonly number[]): CliError {
  return new CliError("not-found", message, [
    there.length === 0 ? "It has not run." : `${what}:  ${there.join(", ")}`,
  ]);
}

/** `test`, or `test (node 1)` where a job has several nodes. */
export function nodeLabel({ job, label }: LabelledJob, nodeIndex: number): string {
  return job.attempts.length < 2 ? label : `${label} (node ${nodeIndex})`;
}

/** All that a list holds, page by page. */
export async function* allPages<T>(
  page: (cursor: { readonly cursor?: string }) => Promise<{ items: readonly T[]; next: string | null }>,
): AsyncGenerator<T> {
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const { items, next } = await page(cursor === undefined ? {} : { cursor });
    yield* items;
    cursor = next;
  }
}
