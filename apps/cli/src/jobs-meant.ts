import type { Job, Pipeline } from "@fmg/client";

import { findJob, jobLabel } from "./choose-job.ts";
import { findPipeline } from "./find-pipeline.ts";
import type { Session } from "./fmg-command.ts";
import type { PipelineReference } from "./pipeline-reference.ts";

/** Jobs of a pipeline that a command is about: the one that was named, or all of them. */
export interface JobsMeant {
  readonly pipeline: Pipeline;
  readonly meant: readonly LabelledJob[];
  /** One job was named, or the pipeline has no other. */
  readonly isOne: boolean;
}

export interface LabelledJob {
  readonly job: Job;
  /** The job's name, with its workflow where that is needed to tell it apart. */
  readonly label: string;
}

/** Looks the jobs up; `command` is for the errors' hints: `fmg tests`. */
export async function jobsMeant(
  { client }: Session,
  reference: PipelineReference,
  name: string | undefined,
  command: string,
): Promise<JobsMeant> {
  const pipeline = await findPipeline(client, reference);
  const { items: jobs } = await client.listJobs({ params: { id: pipeline.id } });
  const chosen = name === undefined ? jobs : [findJob(jobs, name, pipeline.id, command)];
  const meant = chosen.map((job) => ({ job, label: jobLabel(job, jobs) }));
  return { pipeline, meant, isOne: chosen.length === 1 };
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
