import type { Instant, StateChange } from "@fmg/core";
import { getPipeline, getWorkflow, loadWorkflow, type Db, type NotificationRow } from "@fmg/db";

/** What a receiver is told: the body of a webhook, and what the other kinds write their text from. */
export interface Message {
  /** The same in every try. */
  readonly id: string;
  readonly event: `workflow.${StateChange}`;
  readonly at: string;
  readonly repo: { readonly owner: string; readonly name: string; readonly url: string };
  readonly pipeline: {
    readonly id: number;
    readonly url: string;
    readonly branch: string | null;
    readonly tag: string | null;
    readonly sha: string;
    readonly subject: string;
    readonly author: string | null;
  };
  readonly workflow: {
    readonly id: number;
    readonly name: string;
    readonly status: string;
    readonly message: string | null;
  };
  /** The jobs that failed, with their reasons. */
  readonly failed: readonly {
    readonly job: string;
    readonly status: string;
    readonly message: string | null;
  }[];
  /** What the branch's state was before; null for the first workflow of its name there. */
  readonly previous: { readonly pipelineId: number; readonly status: string; readonly url: string } | null;
}

/** Jobs that are told of; the page has all. */
const MOST_JOBS = 20;

/** Tells what happened, from the rows: they are final, so that every try says the same. */
export function messageOf(
  row: NotificationRow,
  { db, instance, publicUrl }: { readonly db: Db; readonly instance: string; readonly publicUrl: string },
): Message {
  const { workflow, jobs } = loadWorkflow(db, row.workflowId);
  const pipeline = getPipeline(db, workflow.pipelineId);
  if (pipeline === undefined) throw new Error(`workflow ${workflow.id} has no pipeline`);
  const urlOf = (pipelineId: number) => `${publicUrl}/p/${pipelineId}`;
  const previous = row.previousId === null ? undefined : getWorkflow(db, row.previousId);
  const { commit } = pipeline.event;
  return {
    id: `msg_${instance}_${row.id}`,
    event: `workflow.${row.change}`,
    at: isoTime(workflow.finishedAt ?? row.createdAt),
    repo: { owner: pipeline.owner, name: pipeline.name, url: pipeline.repository.url },
    pipeline: {
      id: pipeline.id,
      url: urlOf(pipeline.id),
      branch: pipeline.branch,
      tag: pipeline.tag,
      sha: pipeline.sha,
      subject: commit.subject,
      author: commit.authorLogin ?? commit.authorName,
    },
    workflow: {
      id: workflow.id,
      name: workflow.name,
      status: workflow.status,
      message: workflow.message,
    },
    failed: jobs
      .filter(({ job }) => job.status === "failure" || job.status === "error")
      .slice(0, MOST_JOBS)
      .map(({ job }) => ({ job: job.name, status: job.status, message: job.message })),
    previous:
      previous === undefined
        ? null
        : { pipelineId: previous.pipelineId, status: previous.status, url: urlOf(previous.pipelineId) },
  };
}

function isoTime(at: Instant): string {
  return new Date(at).toISOString();
}

/** One line: `octo/repo main: workflow build is broken (#5)`. */
export function headline({ repo, pipeline, workflow, event }: Message): string {
  const state = event === "workflow.broken" ? "is broken" : "is fixed";
  return `${repo.owner}/${repo.name} ${pipeline.branch ?? pipeline.tag}: workflow ${workflow.name} ${state} (#${pipeline.id})`;
}

/** What stands below the headline, a line each. */
export function details({ pipeline, failed, previous }: Message): readonly string[] {
  const author = pipeline.author === null ? "" : ` by ${pipeline.author}`;
  return [
    `${pipeline.sha.slice(0, 7)} ${pipeline.subject}${author}`,
    ...failed.map(({ job, message }) => `${job}: ${message ?? "failed"}`),
    ...(previous === null ? [] : [`before: ${previous.status} (#${previous.pipelineId})`]),
  ];
}
