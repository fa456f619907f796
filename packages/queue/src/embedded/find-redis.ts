import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { FmgError } from "@fmg/core";
import type { Redis } from "ioredis";
import type { Logger } from "pino";
import { socketUrl } from "../connection.ts";
import { takeLock, type Lock } from "./lock-file.ts";
import { findServer, installLine } from "./redis-binary.ts";
import { runServer } from "./redis-server.ts";
import { askVersion, ping } from "./redis-state.ts";
import { chooseSocket, recordedSocket } from "./socket-path.ts";

/** Which Redis is to be found, and for whom. */
export interface FindRedisOptions {
  /** REDIS_URL: this one and no other. */
  readonly redisUrl?: string | undefined;
  /** FMG's data directory; the server's files stand in `redis/` below it. */
  readonly dataDir: string;
  /** FMG_REDIS_BIN: the server program; undefined: valkey-server or redis-server where they usually are. */
  readonly redisBin?: string | undefined;
  /** The API owns the embedded server; the others join it and never start one. */
  readonly role: "owner" | "joiner";
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  /** How long a Redis is waited for; 30 s unless a test is in a hurry. */
  readonly patienceMs?: number | undefined;
}

/** A Redis that answered. */
export interface FoundRedis {
  /** For `openBell`, `listen` and `openLive`. */
  readonly url: string;
  /** For the log: `redis-server 7.0.15, child, unix:///tmp/…`. */
  readonly description: string;
  /** Stops the server where this process owns it; call it last. */
  close(): Promise<void>;
}

const PATIENCE_MS = 30_000;
const TELL_EVERY_MS = 5000;
const POLL_MS = 100;

/**
 * The ladder, decided once at start: the Redis of REDIS_URL; else the one that the owner runs for this data directory,
 * which the owner starts and the others wait for. A Redis that merely happens to listen on the machine is not taken.
 * Throws FmgError `redis_unavailable`.
 */
export async function findRedis(options: FindRedisOptions): Promise<FoundRedis> {
  if (options.redisUrl !== undefined) return joinGiven(options, options.redisUrl);
  const dir = join(options.dataDir, "redis");
  if (options.role === "joiner") return joinOwned(options, dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = takeLock(join(dir, "lock"));
  // Another API on the same data directory owns the server: this one uses it and leaves it running.
  if (lock === undefined) return joinOwned(options, dir);
  try {
    return await own(options, dir, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function joinGiven(options: FindRedisOptions, url: string): Promise<FoundRedis> {
  const shown = withoutPassword(url);
  const redis = await waitFor(options, { url: () => url, what: `Redis at ${shown} (REDIS_URL)` });
  if (redis === undefined) {
    throw new FmgError(
      "redis_unavailable",
      `Redis at ${shown} (REDIS_URL) did not answer. Check that it runs and that the URL is right, or unset REDIS_URL to use the embedded one.`,
    );
  }
  try {
    await warnOfEviction(redis, options.log);
    return { url, description: `${await askVersion(redis)}, given, ${shown}`, close: async () => undefined };
  } finally {
    redis.disconnect();
  }
}

async function joinOwned(options: FindRedisOptions, dir: string): Promise<FoundRedis> {
  const url = () => {
    const path = recordedSocket(dir);
    return path === undefined ? undefined : socketUrl(path);
  };
  const redis = await waitFor(options, { url, what: "the embedded Redis" });
  const found = url();
  if (redis === undefined || found === undefined) {
    throw new FmgError(
      "redis_unavailable",
      `no Redis answers for the data directory ${options.dataDir}. Start the API first (it runs the embedded one), or set REDIS_URL.`,
    );
  }
  try {
    return {
      url: found,
      description: `${await askVersion(redis)}, joined, ${found}`,
      close: async () => undefined,
    };
  } finally {
    redis.disconnect();
  }
}

async function own(options: FindRedisOptions, dir: string, lock: Lock): Promise<FoundRedis> {
  const binary = findServer(options.redisBin);
  if (binary === undefined) {
    const looked = options.redisBin === undefined ? "valkey-server or redis-server" : options.redisBin;
    throw new FmgError(
      "redis_unavailable",
      `${looked} was not found. Install it (${installLine(process.platform)}), or set REDIS_URL to a Redis that runs.`,
    );
  }
  const server = await runServer({
    binary,
    dir,
    socket: chooseSocket(dir),
    log: options.log,
    signal: options.signal,
  });
  return {
    url: socketUrl(server.socket),
    description: `${server.version}, ${server.origin}, ${socketUrl(server.socket)}`,
    async close() {
      await server.stop();
      lock.release();
    },
  };
}

/** Waits until something answers at the URL, telling so now and then; undefined when it takes too long. */
async function waitFor(
  { signal, log, patienceMs = PATIENCE_MS }: FindRedisOptions,
  { url, what }: { url: () => string | undefined; what: string },
): Promise<Redis | undefined> {
  const started = performance.now();
  let toldAt = started;
  for (;;) {
    signal.throwIfAborted();
    const target = url();
    const redis = target === undefined ? undefined : await ping(target);
    if (redis !== undefined) return redis;
    const now = performance.now();
    if (now - started >= patienceMs) return undefined;
    if (now - toldAt >= TELL_EVERY_MS) {
      toldAt = now;
      log.warn({ waitedMs: Math.round(now - started) }, `waiting for ${what}`);
    }
    await wait(POLL_MS, undefined, { signal });
  }
}

async function warnOfEviction(redis: Redis, log: FindRedisOptions["log"]): Promise<void> {
  try {
    const [, policy] = await redis.config("GET", "maxmemory-policy");
    if (policy !== undefined && policy !== "noeviction") {
      log.warn({ policy }, "Redis may evict messages: set maxmemory-policy to noeviction");
    }
  } catch {
    // Hosted Redis often forbids CONFIG; then nobody can tell.
  }
}

function withoutPassword(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return "an unreadable URL";
  if (parsed.password !== "") parsed.password = "***";
  return parsed.href;
}
