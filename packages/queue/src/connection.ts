import { Redis, type RedisOptions } from "ioredis";

/** Replies come as Redis sends them; a mapping of them is a type parameter of the client, which we leave alone. */
type ConnectionOptions = Omit<RedisOptions, "replyMapping">;

/** Everything of FMG in a Redis stands below this prefix. */
export const PREFIX = "fmg";
/** A lost connection is tried again after this at the latest. */
const LONGEST_RETRY_MS = 1000;
const DISCONNECT_WITHIN_MS = 300;

/**
 * A connection that comes back by itself. `error` is told of each failure, so that none is thrown at the process. A URL
 * is `redis://…`, `rediss://…` or `unix:///path/to/redis.sock`.
 */
export function connectRedis(
  url: string,
  options: ConnectionOptions,
  onError: (error: Error) => void,
): Redis {
  const all: ConnectionOptions = {
    ...target(url),
    retryStrategy: (times: number) => Math.min(times * 50, LONGEST_RETRY_MS),
    // The client sets this timer also for a connection that is gone already, and keeps the process alive until its end.
    disconnectTimeout: DISCONNECT_WITHIN_MS,
    ...options,
  };
  const redis = new Redis(all);
  redis.on("error", onError);
  return redis;
}

function target(url: string): ConnectionOptions {
  const parsed = new URL(url);
  if (parsed.protocol === "unix:") return { path: decodeURIComponent(parsed.pathname) };
  const db = /^\/(\d+)$/.exec(parsed.pathname)?.[1];
  return {
    host: parsed.hostname.replaceAll(/^\[|\]$/g, "") || "127.0.0.1",
    port: parsed.port === "" ? 6379 : Number(parsed.port),
    ...(parsed.username === "" ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === "" ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(db === undefined ? {} : { db: Number(db) }),
    ...(parsed.protocol === "rediss:" ? { tls: {} } : {}),
  };
}

/** A socket's path as a URL of `connectRedis`. */
export function socketUrl(path: string): string {
  return `unix://${path.split("/").map(encodeURIComponent).join("/")}`;
}
