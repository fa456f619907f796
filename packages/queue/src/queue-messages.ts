import { Queue } from "bullmq";
import { connectRedis, PREFIX } from "./connection.ts";
import { messageFrom, redisQueue, type MessageOf, type QueueName } from "./messages.ts";

/** A message that Redis has. */
export interface KeptMessage<Q extends QueueName> {
  readonly message: MessageOf<Q>;
  /** Somebody handles it now. */
  readonly isActive: boolean;
  /** Takes it out of the queue; what is handled already stays. */
  forget(): Promise<void>;
}

/** A look into the queues, for a check-up: nothing of the walk asks what Redis has. */
export interface QueueMessages {
  list<Q extends QueueName>(queue: Q, label?: string): Promise<readonly KeptMessage<Q>[]>;
  close(): Promise<void>;
}

/** Opens the look; its connection is made when it is first needed. */
export function openQueueMessages(redisUrl: string): QueueMessages {
  const ignore = () => undefined;
  const redis = connectRedis(redisUrl, { lazyConnect: true, maxRetriesPerRequest: 1 }, ignore);
  const queues = new Map<string, Queue>();
  const queueNamed = (name: string): Queue => {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(name, { connection: redis, prefix: PREFIX, skipMetasUpdate: true });
    queue.on("error", ignore);
    queues.set(name, queue);
    return queue;
  };
  const keptAs = async <Q extends QueueName>(name: Q, queue: Queue, state: "active" | "waiting") => {
    const jobs = await queue.getJobs([state]);
    return jobs.flatMap((job): KeptMessage<Q>[] => {
      const message = messageFrom(name, job.data);
      if (message === undefined) return [];
      return [{ message, isActive: state === "active", forget: () => job.remove().catch(ignore) }];
    });
  };
  return {
    async list(name, label) {
      const queue = queueNamed(redisQueue(name, label));
      // Waiting ones first: one that is taken meanwhile shows twice rather than never.
      return [...(await keptAs(name, queue, "waiting")), ...(await keptAs(name, queue, "active"))];
    },
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}
