import { routes } from "@fmg/client";
import { approveJob, getPipeline, inTransaction, listAttempts, recordAudit, type JobRow } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { jobOr404 } from "../find.ts";
import { actorOf } from "../plugins/auth.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";
import { jobToWire } from "../wire.ts";

/** Letting holds go: written down with who and when for the commit, and done by the orchestrator. (R-APR-3, R-APR-4) */
export async function approvalRoutes(app: FastifyInstance, { db, now, nudger }: Adapters): Promise<void> {
  serve(app, routes.approveJob, ({ params, body }, request) => {
    const workflowId = inTransaction(db, () => {
      const { job, workflow } = jobOr404(db, params.id);
      const sha = getPipeline(db, workflow.pipelineId)?.sha ?? "";
      if (body.sha !== undefined && !sha.startsWith(body.sha)) {
        throw new ProblemDetail("conflict", `Job ${job.id} is of commit ${sha}, and not of ${body.sha}.`);
      }
      const actor = actorOf(db, request);
      const note = body.note ?? null;
      const approval = { at: now(), by: actor.tokenName ?? "", sha, note };
      if (!approveJob(db, job.id, approval)) {
        assertApproved(job);
        return undefined;
      }
      const detail = `"${job.name}" of pipeline ${workflow.pipelineId} at ${sha}${note === null ? "" : `: ${note}`}`;
      recordAudit(db, { ...actor, at: now(), action: "job.approve", target: `job ${job.id}`, detail });
      return workflow.id;
    });
    if (workflowId !== undefined) nudger.nudge({ queue: "workflows", workflowId });
    return jobToWire(jobOr404(db, params.id), listAttempts(db, params.id));
  });
}

/** To approve again what is approved changes nothing; everything else cannot be approved. */
function assertApproved({ id, kind, status, approval, message }: JobRow): void {
  if (approval !== null) return;
  if (kind !== "approval")
    throw new ProblemDetail("conflict", `Job ${id} is no approval: it is a ${kind} job.`);
  if (status === "blocked") {
    throw new ProblemDetail(
      "conflict",
      `Job ${id} is not on hold yet: it waits for the jobs that it requires.`,
    );
  }
  if (status === "on_hold") throw new ProblemDetail("conflict", `Job ${id} is about to be canceled.`);
  const why = message === null ? "" : `: ${message}`;
  throw new ProblemDetail("conflict", `Job ${id} has ended as ${status}${why}. A rerun holds it again.`);
}
