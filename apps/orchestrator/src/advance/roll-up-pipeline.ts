import { currentWorkflows, rollUp } from "@fmg/core";
import { getContinuation, getPipeline, isContinuationDue, listWorkflows, movePipeline } from "@fmg/db";
import { recordPipelineStatus } from "../report/record-statuses.ts";
import type { Services } from "../services.ts";
import { reasonOf } from "./reason-of.ts";

/**
 * A pipeline's status from its workflows'. One that was continued has not ended before its second config is compiled; where that
 * could not be, it ends in error. Call it in the transaction that moved a workflow. (R-DYN-8, R-DYN-9)
 */
export function rollUpPipeline(services: Services, pipelineId: number): void {
  const { db } = services;
  const continuation = getContinuation(db, pipelineId);
  if (continuation !== undefined && isContinuationDue(continuation)) return;
  const rejection = continuation?.rejection ?? null;
  const parts = [
    ...(rejection === null ? [] : [rejection]),
    ...currentWorkflows(listWorkflows(db, pipelineId)),
  ];
  const outcome = rollUp(parts.map(({ status }) => status));
  if (outcome === undefined) return;
  const worst = parts.find(({ status }) => status === outcome);
  const to = { status: outcome, at: services.now(), ...(outcome === "success" ? {} : reasonOf(worst)) };
  if (!movePipeline(db, pipelineId, "running", to)) return;
  recordPipelineStatus(services, pipelineId);
  services.log.info(
    { pipelineId, status: outcome, sha: getPipeline(db, pipelineId)?.event.sha },
    "pipeline finished",
  );
}
