import { Queue } from "bullmq";
import { connectRedis, PREFIX } from "./connection.ts";
import { payloadOf, redisQueue, type BellMessage } from "./messages.ts";

/** Rings: tells whoever listens to look at a row. */
export interface Bell {
  /**
   * Resolves when Redis has the message; rejects at once while Redis is away. Nobody needs to wait for it or to ring
   * again: reconcile derives from the rows what was not heard.
   */
  ring(message: BellMessage): Promise<void>;
  close(): Promise<void>;
}

/** Opens the bell on a Redis; it reconnects by itself. */
export function openBell(redisUrl: string): Bell {
  // Failing at once is right for a nudge: what waits here while Redis is away would only pile up.
  const options = { maxRetriesPerRequest: 1, enableOfflineQueue: false };
  const redis = connectRedis(redisUrl, options, () => undefined);
  const queues = new Map<string, Queue>();
  const queueNamed = (name: string) => {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(name, { connection: redis, prefix: PREFIX, skipMetasUpdate: true });
    queue.on("error", () => undefined);
    queues.set(name, queue);
    return queue;
  };
  return {
    async ring(message) {
      const payload = payloadOf(message);
      const label = message.queue === "jobs" ? message.label : undefined;
      const queue = queueNamed(redisQueue(message.queue, label));
      await queue.add(message.queue, payload, {
        removeOnComplete: true,
        removeOnFail: true,
        ...oncePerRow(message),
      });
    },
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}

/**
 * One message for each row at a time. While its handler is active, a further nudge is kept and heard when it ends: an
 * attempt that found no room may find some the moment after.
 */
function oncePerRow(message: BellMessage) {
  switch (message.queue) {
    case "pipelines":
      return { deduplication: { id: `${message.pipelineId}`, keepLastIfActive: true } };
    case "workflows":
      return { deduplication: { id: `${message.workflowId}`, keepLastIfActive: true } };
    case "statuses":
      return { deduplication: { id: `${message.outboxId}`, keepLastIfActive: true } };
    case "jobs":
      return { deduplication: { id: `${message.attemptId}`, keepLastIfActive: true } };
  }
}
