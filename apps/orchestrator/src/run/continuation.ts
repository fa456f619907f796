import { acceptContinuation, readKeyRing, type AttemptContext } from "@fmg/db";
import { continuationKey } from "@fmg/db/unsealing";
import type { Continuation, ContinuationAnswer, ContinuationRequest } from "@fmg/runner";
import { nudge, type Services } from "../services.ts";

/**
 * How a job of a setup workflow continues its pipeline: what is accepted is stored, and compiled by whoever gets to it. A job of any
 * other workflow cannot. (R-DYN-2, R-DYN-9)
 */
export function continuationFor(
  services: Services,
  context: AttemptContext,
  epoch: number,
): { readonly continuation?: Continuation } {
  const { plan, pipeline } = context;
  if (plan.setup !== true) return {};
  return {
    continuation: {
      key: continuationKey(services.db, readKeyRing(services.settings.encryptionKey), pipeline.id),
      accept: async (request) => accept(services, context, epoch, request),
    },
  };
}

function accept(
  services: Services,
  { pipeline, attempt, job }: AttemptContext,
  epoch: number,
  request: ContinuationRequest,
): ContinuationAnswer {
  const log = services.log.child({ pipelineId: pipeline.id, attemptId: attempt.id, job: job.name });
  try {
    const asked = { pipelineId: pipeline.id, attemptId: attempt.id, epoch, ...request };
    const verdict = acceptContinuation(services.db, asked, services.now());
    if (verdict === "stale") return { status: 503, message: "Another process takes over. Try again." };
    if (verdict.kind === "refused") {
      log.info({ message: verdict.message }, "continuation was refused");
      return verdict;
    }
    if (verdict.kind === "accepted") log.info("continuation was accepted");
    nudge(services, { queue: "pipelines", pipelineId: pipeline.id });
    return { status: 200, message: "ok" };
  } catch (error) {
    log.error({ err: error }, "continuation could not be stored");
    return { status: 503, message: "The continuation could not be stored. Try again." };
  }
}
