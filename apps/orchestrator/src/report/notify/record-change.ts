import { isFinal, stateChange } from "@fmg/core";
import { enqueueNotification, getPipeline, newestOtherOutcome, type WorkflowRow } from "@fmg/db";
import type { Services } from "../../services.ts";
import { isInterested } from "./receivers.ts";

/**
 * Notes who is to hear of a workflow that ended and changed its branch's state. Call it inside the transaction that ended it;
 * a second call changes nothing. An outcome that comes after a newer commit's is late news, and changes nothing either.
 */
export function recordStateChange(
  { db, settings, now }: Pick<Services, "db" | "settings" | "now">,
  workflow: WorkflowRow,
): void {
  const { receivers } = settings.notify;
  if (receivers.length === 0 || !isFinal(workflow.status)) return;
  const other = newestOtherOutcome(db, workflow.id);
  if (other?.isNewer === true) return;
  const change = stateChange(workflow.status, other?.status);
  const pipeline = getPipeline(db, workflow.pipelineId);
  if (change === undefined || pipeline === undefined) return;
  const subject = {
    repo: `${pipeline.owner}/${pipeline.name}`,
    ref: pipeline.branch ?? pipeline.tag ?? "",
    workflow: workflow.name,
    change,
  };
  for (const receiver of receivers) {
    if (!isInterested(receiver, subject)) continue;
    const previousId = other?.workflowId ?? null;
    enqueueNotification(db, { receiver: receiver.name, change, workflowId: workflow.id, previousId }, now());
  }
}
