import { posix } from "node:path";
import type { Artifact, Pipeline } from "@fmg/client";

import type { Session } from "../../fmg-command.ts";
import { allPages, jobsMeant, refuseAttempt, type LabelledJob } from "../../jobs-meant.ts";
import type { PipelineReference } from "../../pipeline-reference.ts";

const pageSize = 1000;

/** An artifact and the job that kept it. */
export interface FoundArtifact {
  readonly artifact: Artifact;
  readonly from: LabelledJob;
}

/** What `fmg artifacts` was asked for. */
export interface ArtifactsWanted {
  readonly pipeline: PipelineReference;
  readonly job: string | undefined;
  readonly glob: string | undefined;
  /** The command, for hints. */
  readonly command: string;
}

/** The artifacts of the jobs that are meant, and whether those are a single job. */
export async function findArtifacts(
  session: Session,
  { pipeline: reference, job, glob, command }: ArtifactsWanted,
): Promise<{
  readonly pipeline: Pipeline;
  readonly found: readonly FoundArtifact[];
  readonly isOne: boolean;
}> {
  const jobs = await jobsMeant(session, reference, job, command);
  refuseAttempt(jobs, command);
  const found: FoundArtifact[] = [];
  for (const from of jobs.meant) {
    const params = { id: from.job.id };
    const pages = allPages((cursor) =>
      session.client.listArtifacts({ params, query: { limit: pageSize, ...cursor } }),
    );
    for await (const artifact of pages) {
      if (glob === undefined || posix.matchesGlob(artifact.path, glob)) found.push({ artifact, from });
    }
  }
  return { pipeline: jobs.pipeline, found, isOne: jobs.isOne };
}

/** As `--json` shows an artifact: the API's fields, and its job. */
export function artifactDocument({ artifact, from: { job } }: FoundArtifact) {
  return { ...artifact, job: { id: job.id, name: job.name } };
}
