import { routes, type Workflow } from "@fmg/client";
import type { RerunWish } from "@fmg/core";
import {
  getPipeline,
  getWorkflow,
  inTransaction,
  listJobs,
  recordAudit,
  requestFreshRerun,
  storeRerun,
} from "@fmg/db";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Adapters } from "../adapters.ts";
import { jobOr404 } from "../find.ts";
import { actorOf } from "../plugins/auth.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";
import { pipelineToWire, workflowToWire } from "../wire.ts";

const MINUTE_MS = 60_000;

/** Starting again what has ended: as a workflow of its own, which the orchestrator then advances. (R-RR-1 to R-RR-4) */
export async function rerunRoutes(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const { db, now, nudger, publicUrl } = adapters;

  serve(app, routes.rerunWorkflow, ({ params: { id }, body: { from, ...how } }, request) =>
    startAgain(adapters, request, { workflowId: id, wish: { from }, how, target: `workflow ${id}` }),
  );

  serve(app, routes.rerunJob, ({ params: { id }, body: how }, request) => {
    const { job, workflow } = jobOr404(db, id);
    const wish = { from: "job", job: job.name } as const;
    return startAgain(adapters, request, { workflowId: workflow.id, wish, how, target: `job ${id}` });
  });

  serve(app, routes.rerunPipeline, ({ params: { id } }, request) => {
    const row = getPipeline(db, id);
    if (row === undefined) throw new ProblemDetail("not-found", `There is no pipeline ${id}.`);
    inTransaction(db, () => {
      const actor = actorOf(db, request);
      const by = actor.tokenName ?? "";
      const refused = requestFreshRerun(db, id, { by, statusTargetBase: publicUrl(), now: now() });
      if (refused !== undefined) throw cannot(`Pipeline ${id}`, refused);
      const detail = `compiled anew at ${row.sha}`;
      recordAudit(db, { ...actor, at: now(), action: "pipeline.rerun", target: `pipeline ${id}`, detail });
    });
    nudger.nudge({ queue: "pipelines", pipelineId: id });
    return pipelineToWire(getPipeline(db, id)!, publicUrl());
  });
}

interface Again {
  readonly workflowId: number;
  readonly wish: RerunWish;
  readonly how: { readonly keepMinutes?: number; readonly cleanCache?: boolean };
  /** For the book, and for a refusal. */
  readonly target: string;
}

function startAgain(
  { db, now, nudger, publicUrl }: Adapters,
  request: FastifyRequest,
  { workflowId, wish, how: { keepMinutes, cleanCache }, target }: Again,
): Workflow {
  if (getWorkflow(db, workflowId) === undefined) {
    throw new ProblemDetail("not-found", `There is no workflow ${workflowId}.`);
  }
  const started = inTransaction(db, () => {
    const actor = actorOf(db, request);
    const rerun = storeRerun(db, workflowId, wish, {
      by: actor.tokenName,
      keepForMs: keepMinutes === undefined ? undefined : keepMinutes * MINUTE_MS,
      cleanCache,
      statusTargetBase: publicUrl(),
      now: now(),
    });
    if (rerun.kind === "refused") throw cannot(`Workflow ${workflowId}`, rerun.message);
    const action = wish.from === "job" ? "job.rerun" : "workflow.rerun";
    const without = cleanCache === true ? ", without caches" : "";
    const detail = `from ${wish.from}${without}, as workflow ${rerun.workflowId} of pipeline ${rerun.pipelineId}`;
    recordAudit(db, { ...actor, at: now(), action, target, detail });
    return rerun;
  });
  nudger.nudge({ queue: "workflows", workflowId: started.workflowId });
  const { workflowId: id } = started;
  const statuses = listJobs(db, { workflowId: id }).map(({ job }) => job.status);
  return workflowToWire(getWorkflow(db, id)!, statuses);
}

function cannot(what: string, why: string): ProblemDetail {
  return new ProblemDetail("conflict", `${what} cannot be started again: ${why}.`);
}
