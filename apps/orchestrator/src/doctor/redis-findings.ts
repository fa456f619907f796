import { isFinal } from "@fmg/core";
import { getAttempt, getPipeline, pendingPipelines } from "@fmg/db";
import type { BellMessage, KeptMessage, QueueMessages, QueueName } from "@fmg/queue";
import { admissible } from "../run/admission.ts";
import type { Services } from "../services.ts";
import type { Disagreement } from "./disagreement.ts";

const MOST_PIPELINES = 1000;

/** Rows that are due and of which no message is under way, and messages about rows that are over. */
export async function redisFindings(
  services: Services,
  messages: QueueMessages,
): Promise<readonly Disagreement[]> {
  const { db } = services;
  const duePipelines = pendingPipelines(db, MOST_PIPELINES);
  const dueAttempts = admissible(services);
  const labels = new Set(["default", ...dueAttempts.map(({ label }) => label)]);
  const ofPipelines = await messages.list("pipelines");
  const ofJobs = (await Promise.all([...labels].map((label) => messages.list("jobs", label)))).flat();
  const nudged = new Set(ofPipelines.map(({ message }) => message.pipelineId));
  const handedOver = new Set(ofJobs.map(({ message }) => message.attemptId));
  return [
    ...duePipelines
      // Compiled since, it is due no more.
      .filter((id) => !nudged.has(id) && getPipeline(db, id)?.status === "pending")
      .map((pipelineId) =>
        lost(services, `pipeline ${pipelineId} waits to be compiled`, { queue: "pipelines", pipelineId }),
      ),
    ...dueAttempts
      .filter(({ attemptId }) => !handedOver.has(attemptId) && getAttempt(db, attemptId)?.status === "queued")
      .map(({ attemptId, label }) =>
        lost(services, `attempt ${attemptId} is queued and has room`, { queue: "jobs", label, attemptId }),
      ),
    ...stale(ofPipelines, ({ pipelineId }) => {
      const status = getPipeline(db, pipelineId)?.status;
      return status !== "pending" ? `pipeline ${pipelineId}, which is ${status ?? "unknown"}` : undefined;
    }),
    ...stale(ofJobs, ({ attemptId }) => {
      const status = getAttempt(db, attemptId)?.status;
      const isOver = status === undefined || isFinal(status);
      return isOver ? `attempt ${attemptId}, which is ${status ?? "unknown"}` : undefined;
    }),
  ];
}

function lost({ bell }: Services, what: string, message: BellMessage): Disagreement {
  return {
    area: "redis",
    what: `${what}, and Redis has no message of it`,
    cause: "Redis lost its memory, or was away when the message was sent.",
    next: "fmg doctor --fix sends it again; left alone, that happens within 20 s.",
    mend: () => bell.ring(message),
  };
}

/** Of messages that wait; one that is handled is about to go. */
function stale<Q extends QueueName>(
  kept: readonly KeptMessage<Q>[],
  overOf: (message: KeptMessage<Q>["message"]) => string | undefined,
): readonly Disagreement[] {
  return kept.flatMap((each): Disagreement[] => {
    const over = each.isActive ? undefined : overOf(each.message);
    if (over === undefined) return [];
    return [
      {
        area: "redis",
        what: `Redis has a message about ${over}`,
        cause: "Nobody listened to the queue, or Redis belongs to an older database.",
        next: "fmg doctor --fix removes it; whoever hears it does nothing.",
        mend: () => each.forget(),
      },
    ];
  });
}
