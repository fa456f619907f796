import { serviceRoutes } from "@fmg/client";
import { getPipeline, listCurrentJobs, type JobWithWorkflow, type PipelineRow } from "@fmg/db";
import { formatDiagnostic } from "@fmg/parser";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { ProblemDetail } from "../problem.ts";
import { checked, serveRaw } from "../serve.ts";

const textType = "text/plain; charset=utf-8";

/** What a click on a commit status opens: a pipeline as text. A browser asks for the token as a password. */
export async function pipelinePage(app: FastifyInstance, { db }: Adapters): Promise<void> {
  serveRaw(app, serviceRoutes.pipelinePage, {
    success: { 200: { [textType]: serviceRoutes.pipelinePage.reply } },
    basic: true,
    handler: (request, reply) => {
      const { params } = checked<typeof serviceRoutes.pipelinePage>(request);
      const row = getPipeline(db, params.id);
      if (row === undefined) throw new ProblemDetail("not-found", `There is no pipeline ${params.id}.`);
      return reply
        .type(textType)
        .header("cache-control", "no-store")
        .send(pageOf(row, listCurrentJobs(db, row.id)));
    },
  });
}

function pageOf(pipeline: PipelineRow, jobs: readonly JobWithWorkflow[]): string {
  const { event, sha } = pipeline;
  const author = event.commit.authorLogin ?? event.commit.authorName;
  const paragraphs = [
    [
      `Pipeline ${pipeline.id}  ${pipeline.status.toUpperCase()}`,
      `${pipeline.owner}/${pipeline.name} @ ${sha.slice(0, 7)} on ${pipeline.branch ?? pipeline.tag}`,
      `${event.commit.subject}${author === null ? "" : `  (${author})`}`,
      ...(pipeline.message === null ? [] : [pipeline.message]),
    ],
    ...pipeline.diagnostics.map((diagnostic) => [formatDiagnostic(diagnostic)]),
    ...[...Map.groupBy(jobs, ({ workflow }) => workflow.id).values()].map(workflowLines),
  ];
  return `${paragraphs.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function workflowLines(jobs: readonly JobWithWorkflow[]): string[] {
  const width = Math.max(...jobs.map(({ job }) => job.name.length));
  return [
    `Workflow ${jobs[0]?.workflow.name}  ${jobs[0]?.workflow.status.toUpperCase()}`,
    ...jobs.map(({ job, workflow }) => {
      const why = job.message === null ? "" : `  ${job.message}`;
      const log = job.startedAt === null ? "" : `  fmg logs ${workflow.pipelineId} ${job.name}`;
      return `  ${job.name.padEnd(width)}  ${job.status.toUpperCase()}${why}${log}`;
    }),
  ];
}
