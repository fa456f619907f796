import type { Cancellation } from "@fmg/core";
import {
  getPipeline,
  listWorkflows,
  olderOpenPipelines,
  requestCancel,
  type CancelRequested,
  type PipelineRow,
} from "@fmg/db";
import { nudge, type Services } from "../services.ts";

/**
 * Wishes the older pipelines of the same branch canceled, where the operator asked for that: a newer commit makes them
 * redundant. Never on the default branch, and never a rerun. Call it in the transaction that starts the newer pipeline,
 * and tell about the result after it. (R-AC-1, R-AC-2, R-AC-3)
 */
export function supersedeOlder(services: Services, pipeline: PipelineRow): readonly CancelRequested[] {
  const { db, settings } = services;
  const { branch, id } = pipeline;
  const isWanted = settings.autoCancel(`${pipeline.owner}/${pipeline.name}`);
  if (!isWanted || branch === null || branch === pipeline.repository.defaultBranch) return [];
  if (isScheduled(pipeline)) return [];
  const wish: Cancellation = {
    at: services.now(),
    reason: "superseded",
    message: `superseded by pipeline ${id} on branch "${branch}"`,
  };
  return olderOpenPipelines(db, id).flatMap((older) => cancelOlder(services, older, wish));
}

function cancelOlder({ db }: Services, id: number, wish: Cancellation): readonly CancelRequested[] {
  const pipeline = getPipeline(db, id);
  if (pipeline === undefined || isScheduled(pipeline)) return [];
  const targets =
    pipeline.status === "pending"
      ? [{ pipelineId: id }]
      : listWorkflows(db, id)
          .filter(({ rerunOf, cancellation }) => rerunOf === null && cancellation === null)
          .map((workflow) => ({ workflowId: workflow.id }));
  return targets.flatMap((target) => requestCancel(db, target, wish) ?? []);
}

/** A schedule wants its runs, whatever else happens on the branch. */
function isScheduled({ event }: PipelineRow): boolean {
  return event.kind === "schedule";
}

/** Rings for everything that a cancel touches. */
export function tellCanceled(services: Services, requested: readonly CancelRequested[]): void {
  for (const { pipelineId, workflowIds } of requested) {
    nudge(services, { queue: "pipelines", pipelineId });
    for (const workflowId of workflowIds) nudge(services, { queue: "workflows", workflowId });
    services.live.publish({ pipelineId, kind: "cancel" });
  }
}
