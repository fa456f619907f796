import { setTimeout as wait } from "node:timers/promises";
import type { Redis } from "ioredis";
import { connectRedis } from "../connection.ts";

const ANSWER_WITHIN_MS = 2000;

/** A connection to a Redis that answers PING, which does not reconnect; undefined when none does. */
export async function ping(url: string): Promise<Redis | undefined> {
  const redis = connectRedis(url, { lazyConnect: true, retryStrategy: () => null }, () => undefined);
  const late = wait(ANSWER_WITHIN_MS, undefined, { ref: false });
  try {
    const answer = await Promise.race([redis.connect().then(() => redis.ping()), late]);
    if (answer === "PONG") return redis;
  } catch {
    // Not there, still loading, or not a Redis: the caller decides whether to ask again.
  }
  redis.disconnect();
  return undefined;
}

/** Name and version as the server tells them: `redis-server 7.0.15`. */
export async function askVersion(redis: Redis): Promise<string> {
  const told = await redis.info("server");
  const field = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, "m").exec(told)?.[1];
  const valkey = field("valkey_version");
  return valkey === undefined ? `redis-server ${field("redis_version") ?? "?"}` : `valkey-server ${valkey}`;
}
