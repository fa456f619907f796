import { runsAgain } from "@fmg/core";
import { loadWorkflow, storeRerun } from "@fmg/db";
import type { Services } from "../services.ts";

/**
 * Starts a workflow that has just failed again from its failed jobs, as often as `max_auto_reruns` says; one that somebody
 * canceled or started again by hand is left to people. Call it in the transaction that ended the workflow, before its
 * pipeline is rolled up, so that the pipeline goes on. Returns the new workflow, which is to be advanced. (R-ARR-1)
 */
export function rerunByItself(services: Services, workflowId: number): number | undefined {
  const { db, settings } = services;
  const { workflow, plan, jobs } = loadWorkflow(db, workflowId);
  const states = jobs.map(({ job: { status, reason } }) => ({
    status,
    ...(reason === null ? {} : { reason }),
  }));
  if (workflow.cancellation !== null || !runsAgain(plan, { ...workflow, jobs: states })) return undefined;
  const by = { by: null, statusTargetBase: settings.publicUrl, now: services.now() };
  const rerun = storeRerun(db, workflowId, { from: "failed" }, by);
  if (rerun.kind === "refused") {
    services.log.info({ workflowId, message: rerun.message }, "workflow is not started again by itself");
    return undefined;
  }
  services.log.info({ workflowId, rerun: rerun.workflowId, number: rerun.number }, "workflow starts again");
  return rerun.workflowId;
}
