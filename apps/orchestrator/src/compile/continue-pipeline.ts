import type { Cancellation } from "@fmg/core";
import {
  getContinuation,
  getPipeline,
  inTransaction,
  isContinuationDue,
  storeContinuation,
  type ContinuationResult,
  type ContinuationRow,
  type PipelineRow,
} from "@fmg/db";
import { continuationArguments } from "@fmg/parser";
import { rollUpPipeline } from "../advance/roll-up-pipeline.ts";
import { recordPipelineStatus, recordWorkflowStatuses } from "../report/record-statuses.ts";
import { nudge, publishStatus, type Services } from "../services.ts";
import { compileText } from "./compile-text.ts";
import { valuesOfPipeline } from "./values-of-pipeline.ts";

/** How diagnostics name a text that a job made. */
const FILE = "the continuation's config";

/**
 * The second compile of a dynamic pipeline: the config that a setup job gave becomes workflows of the same pipeline, which has
 * not ended before. Does nothing where none is due. (R-DYN-5, R-DYN-9)
 */
export async function continuePipeline(
  services: Services,
  pipeline: PipelineRow,
  signal: AbortSignal,
): Promise<void> {
  const row = getContinuation(services.db, pipeline.id);
  if (row === undefined || !isContinuationDue(row)) return;
  const workflowIds = store(services, pipeline.id, await compileRow(services, pipeline, row, signal));
  for (const workflowId of workflowIds) nudge(services, { queue: "workflows", workflowId });
  nudge(services, { queue: "statuses", outboxId: 0 });
  publishStatus(services, pipeline.id);
}

async function compileRow(
  services: Services,
  pipeline: PipelineRow,
  row: ContinuationRow,
  signal: AbortSignal,
): Promise<ContinuationResult> {
  if (pipeline.cancellation !== null) return canceled(pipeline.cancellation);
  const text = row.configuration ?? "";
  return compileText(
    services,
    {
      text,
      file: FILE,
      pipeline: valuesOfPipeline(pipeline),
      parameters: continuationArguments(text, row.triggerArguments, row.parameters ?? {}),
      continuation: true,
    },
    signal,
  );
}

function canceled({ reason, message }: Cancellation): ContinuationResult {
  return { kind: "canceled", reason, message };
}

/** Returns the workflows that are to be advanced. */
function store(services: Services, pipelineId: number, result: ContinuationResult): readonly number[] {
  const { db, log } = services;
  return inTransaction(db, () => {
    // The wish may have come while it was compiled.
    const wish = getPipeline(db, pipelineId)?.cancellation ?? null;
    const final = wish === null ? result : canceled(wish);
    const stored = storeContinuation(db, pipelineId, final, services.now());
    if (stored === undefined) return [];
    for (const workflowId of stored) recordWorkflowStatuses(services, workflowId);
    recordPipelineStatus(services, pipelineId);
    // The setup workflow may have ended long ago, and there may be nothing more to run.
    rollUpPipeline(services, pipelineId);
    log.info({ pipelineId, result: final.kind, workflows: stored.length }, "pipeline was continued");
    return stored;
  });
}
