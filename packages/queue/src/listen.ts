import { WaitingError, Worker, type Job } from "bullmq";
import type { Logger } from "pino";
import { connectRedis, PREFIX } from "./connection.ts";
import { messageFrom, redisQueue, type MessageOf, type QueueName } from "./messages.ts";

/** What is listened to, and what is done with each message. */
export interface ListenOptions<Q extends QueueName> {
  readonly queue: Q;
  /** Of the `jobs` queue; by default "default". */
  readonly label?: string | undefined;
  /** Messages handled at once. */
  readonly concurrency: number;
  /** Where a handler's errors and a lost Redis are told. */
  readonly log?: Pick<Logger, "warn" | "error" | "debug"> | undefined;
  /**
   * Looks at the row that the message names, and does what is due; it may be called for nothing, and twice at once for
   * one row after a stall. `signal` is aborted when the listener closes. What it throws is logged and forgotten: whether
   * something is still due, the rows say.
   */
  readonly handle: (message: MessageOf<Q>, signal: AbortSignal) => Promise<void>;
}

/** Listens until it is closed. */
export interface Listener {
  /** Takes nothing new, aborts the handlers' signal and waits for them, but no longer than `withinMs` (4 s). */
  close(withinMs?: number): Promise<void>;
}

/** A dead listener's message is handed to another after this at the latest; SQLite judges who may do the work. */
const LOCK_MS = 5000;
const STALLED_CHECK_MS = 2000;
/** "As often as it takes": how often a message may stall says nothing about its row. */
const MAX_STALLED = 1_000_000;
const CLOSE_WITHIN_MS = 4000;
/** Redis may be away; then the connection is cut. */
const CONNECTION_CLOSE_MS = 500;
const RETRY_MS = 1000;

/** Handles the messages of a queue; it reconnects by itself. */
export function listen<Q extends QueueName>(redisUrl: string, options: ListenOptions<Q>): Listener {
  const { queue, label, concurrency, log, handle } = options;
  const closing = new AbortController();
  const onError = (error: Error) =>
    log?.debug({ err: error, queue }, "the queue's connection reported an error");
  const redis = connectRedis(redisUrl, { maxRetriesPerRequest: null }, onError);
  const name = redisQueue(queue, label);

  const handleSafely = async (payload: unknown) => {
    const message = messageFrom(queue, payload);
    if (message === undefined) {
      log?.warn({ queue: name, payload }, "a message was not understood and is dropped");
      return;
    }
    try {
      await handle(message, closing.signal);
    } catch (error) {
      if (closing.signal.aborted) return;
      log?.error({ err: error, queue: name, message }, "the handler of a message failed");
    }
  };
  const active = new Set<Promise<void>>();
  const takeJob = async (job: Job, token?: string) => {
    if (closing.signal.aborted) {
      // It came while we close: it goes back, for another listener.
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const handling = handleSafely(job.data);
    active.add(handling);
    await handling;
    active.delete(handling);
  };

  const worker = new Worker(name, takeJob, {
    connection: redis,
    prefix: PREFIX,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_STALLED,
    runRetryDelay: RETRY_MS,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  worker.on("error", onError);

  return {
    async close(withinMs = CLOSE_WITHIN_MS) {
      closing.abort();
      // Nothing is fetched from here on; what a stuck handler holds is handed to another listener when its lock ends.
      await Promise.race([worker.pause(true).catch(onError), deadline(withinMs)]);
      await Promise.race([Promise.all(active), deadline(withinMs)]);
      const stuck = active.size > 0;
      await Promise.race([worker.close(stuck).catch(onError), deadline(CONNECTION_CLOSE_MS)]);
      redis.disconnect();
    },
  };
}

function deadline(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
