import { routes } from "@fmg/client";
import type { Cancellation } from "@fmg/core";
import {
  getPipeline,
  getWorkflow,
  inTransaction,
  listAttempts,
  listJobs,
  recordAudit,
  requestCancel,
  type CancelTarget,
} from "@fmg/db";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Adapters } from "../adapters.ts";
import { jobOr404 } from "../find.ts";
import { actorOf } from "../plugins/auth.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";
import { jobToWire, pipelineToWire, workflowToWire } from "../wire.ts";

/**
 * Stopping what goes on. The wish is written with its entry in the book, and the orchestrator is told: it moves what waits
 * and ends what runs. (R-WST-4, R-WST-5)
 */
export async function cancelRoutes(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const { db, publicUrl } = adapters;

  serve(app, routes.cancelPipeline, ({ params: { id } }, request) => {
    if (getPipeline(db, id) === undefined)
      throw new ProblemDetail("not-found", `There is no pipeline ${id}.`);
    cancel(adapters, request, { pipelineId: id }, `pipeline ${id}`);
    return pipelineToWire(getPipeline(db, id)!, publicUrl());
  });

  serve(app, routes.cancelWorkflow, ({ params: { id } }, request) => {
    if (getWorkflow(db, id) === undefined)
      throw new ProblemDetail("not-found", `There is no workflow ${id}.`);
    cancel(adapters, request, { workflowId: id }, `workflow ${id}`);
    const jobs = listJobs(db, { workflowId: id }).map(({ job }) => job.status);
    return workflowToWire(getWorkflow(db, id)!, jobs);
  });

  serve(app, routes.cancelJob, ({ params: { id } }, request) => {
    jobOr404(db, id);
    cancel(adapters, request, { jobId: id }, `job ${id}`);
    return jobToWire(jobOr404(db, id), listAttempts(db, id));
  });
}

function cancel(
  { db, live, nudger, now }: Adapters,
  request: FastifyRequest,
  target: CancelTarget,
  name: string,
): void {
  const requested = inTransaction(db, () => {
    const actor = actorOf(db, request);
    const wish: Cancellation = { at: now(), reason: "by_user", message: `canceled by "${actor.tokenName}"` };
    const found = requestCancel(db, target, wish);
    if (found === undefined) {
      throw new ProblemDetail("conflict", `The ${name} has ended: there is nothing to cancel.`);
    }
    const action =
      "jobId" in target ? "job.cancel" : "workflowId" in target ? "workflow.cancel" : "pipeline.cancel";
    recordAudit(db, { ...actor, at: now(), action, target: name, detail: null });
    return found;
  });
  nudger.nudge({ queue: "pipelines", pipelineId: requested.pipelineId });
  for (const workflowId of requested.workflowIds) nudger.nudge({ queue: "workflows", workflowId });
  live.publish({ pipelineId: requested.pipelineId, kind: "cancel" });
}
