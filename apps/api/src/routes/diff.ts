import { routes } from "@fmg/client";
import { getPipeline, type PipelineRow } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { diffPipelines } from "../diff-pipelines.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";

/** What changed between two pipelines of one repository. */
export async function diffRoutes(app: FastifyInstance, { db }: Adapters): Promise<void> {
  serve(app, routes.diffPipelines, ({ params, query }) => {
    const [before, after] = [pipelineOr404(query.before), pipelineOr404(params.id)];
    if (before.projectId !== after.projectId) {
      throw new ProblemDetail("conflict", `Pipelines ${before.id} and ${after.id} are of two repositories.`);
    }
    return diffPipelines(db, before, after);
  });

  function pipelineOr404(id: number): PipelineRow {
    const row = getPipeline(db, id);
    if (row === undefined) throw new ProblemDetail("not-found", `There is no pipeline ${id}.`);
    return row;
  }
}
