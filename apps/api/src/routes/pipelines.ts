import { routes, type Job, type Pipeline } from "@fmg/client";
import {
  getPipeline,
  getWorkflow,
  listAttempts,
  listCurrentJobs,
  listJobs,
  listPipelines,
  listWorkflows,
  type JobWithWorkflow,
  type PipelineRow,
  type WorkflowRow,
} from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";
import { jobToWire, pipelineToWire, workflowToWire } from "../wire.ts";

/** Pipelines, and the workflows and jobs in them. */
export async function pipelineRoutes(app: FastifyInstance, { db, publicUrl }: Adapters): Promise<void> {
  const toJob = (found: JobWithWorkflow): Job => jobToWire(found, listAttempts(db, found.job.id));
  const toWire = (row: PipelineRow): Pipeline => pipelineToWire(row, publicUrl());

  serve(app, routes.listPipelines, ({ query }) => {
    const page = listPipelines(db, query);
    return { items: page.items.map(toWire), next: page.next };
  });

  serve(app, routes.getPipeline, ({ params }) => toWire(pipelineOr404(params.id)));

  serve(app, routes.listWorkflows, ({ params }) => {
    const { id } = pipelineOr404(params.id);
    const jobs = Map.groupBy(listJobs(db, { pipelineId: id }), ({ workflow }) => workflow.id);
    const statusesOf = (workflow: WorkflowRow) => (jobs.get(workflow.id) ?? []).map(({ job }) => job.status);
    const items = listWorkflows(db, id).map((workflow) => workflowToWire(workflow, statusesOf(workflow)));
    return { items, next: null };
  });

  serve(app, routes.listJobs, ({ params }) => {
    const { id } = pipelineOr404(params.id);
    return { items: listCurrentJobs(db, id).map(toJob), next: null };
  });

  serve(app, routes.listWorkflowJobs, ({ params: { id } }) => {
    if (getWorkflow(db, id) === undefined) {
      throw new ProblemDetail("not-found", `There is no workflow ${id}.`);
    }
    return { items: listJobs(db, { workflowId: id }).map(toJob), next: null };
  });

  function pipelineOr404(id: number): PipelineRow {
    const row = getPipeline(db, id);
    if (row === undefined) throw new ProblemDetail("not-found", `There is no pipeline ${id}.`);
    return row;
  }
}
