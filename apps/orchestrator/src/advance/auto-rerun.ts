import { circleciStatus, isFinal, type WorkflowPlan } from "@fmg/core";
import { loadWorkflow, storeRerun, type LoadedWorkflow, type WorkflowRow } from "@fmg/db";
import type { Services } from "../services.ts";

/**
 * Starts a workflow that has just failed again from its failed jobs, as often as `max_auto_reruns` says; one that somebody
 * canceled or started again by hand is left to people. Call it in the transaction that ended the workflow, before its
 * pipeline is rolled up, so that the pipeline goes on. Returns the new workflow, which is to be advanced. (R-ARR-1)
 */
export function rerunByItself(services: Services, workflowId: number): number | undefined {
  const { db, settings } = services;
  const { workflow, plan, jobs } = loadWorkflow(db, workflowId);
  if (!mayRunAgain(workflow, plan) || !hasFailed(jobs)) return undefined;
  const by = { by: null, statusTargetBase: settings.publicUrl, now: services.now() };
  const rerun = storeRerun(db, workflowId, { from: "failed" }, by);
  if (rerun.kind === "refused") {
    services.log.info({ workflowId, message: rerun.message }, "workflow is not started again by itself");
    return undefined;
  }
  services.log.info({ workflowId, rerun: rerun.workflowId, number: rerun.number }, "workflow starts again");
  return rerun.workflowId;
}

function mayRunAgain({ status, rerun, cancellation }: WorkflowRow, plan: WorkflowPlan): boolean {
  if (!isFinal(status) || status === "success" || cancellation !== null) return false;
  const isByHand = rerun !== null && rerun.by !== null;
  return !isByHand && (rerun?.number ?? 0) < plan.maxAutoReruns;
}

function hasFailed(jobs: LoadedWorkflow["jobs"]): boolean {
  return jobs.some(
    ({ job: { status, reason } }) =>
      isFinal(status) && circleciStatus(status, reason ?? undefined) === "failed",
  );
}
