import { connectRedis, PREFIX } from "./connection.ts";
import { liveChangeFrom, type LiveChange } from "./messages.ts";

/** Tells at once what changed, to whoever watches now. A watcher must look again now and then: a message may be lost. */
export interface Live {
  /** Never throws and never waits; while Redis is away the change is told to nobody. */
  publish(change: LiveChange): void;
  /** Hears every change from now on, until the returned function is called. A throw of the handler is not caught. */
  subscribe(handler: (change: LiveChange) => void): () => void;
  /** Resolves when what is published from now on will be heard. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

const CHANNEL = `${PREFIX}:live`;

/** Opens the live messages of a Redis; subscriptions outlive its restarts. */
export function openLive(redisUrl: string): Live {
  const ignore = () => undefined;
  const publisher = connectRedis(redisUrl, { maxRetriesPerRequest: 1, enableOfflineQueue: false }, ignore);
  const subscriber = connectRedis(redisUrl, { maxRetriesPerRequest: null }, ignore);
  const handlers = new Set<(change: LiveChange) => void>();
  // Sent again by the client itself after each reconnect.
  const subscribed = subscriber.subscribe(CHANNEL);
  subscribed.catch(ignore);
  subscriber.on("message", (_channel: string, text: string) => {
    const change = liveChangeFrom(text);
    if (change === undefined) return;
    for (const handler of handlers) handler(change);
  });
  const publisherReady = new Promise<void>((resolve) => void publisher.once("ready", () => resolve()));
  return {
    publish(change) {
      if (publisher.status !== "ready") return;
      publisher.publish(CHANNEL, JSON.stringify(change)).catch(ignore);
    },
    subscribe(handler) {
      const mine = (change: LiveChange) => handler(change);
      handlers.add(mine);
      return () => void handlers.delete(mine);
    },
    async ready() {
      await Promise.all([subscribed, publisherReady]);
    },
    async close() {
      handlers.clear();
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}
