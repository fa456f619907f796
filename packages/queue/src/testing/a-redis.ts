import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { socketUrl } from "../connection.ts";
import { findServer } from "../embedded/redis-binary.ts";
import { ping } from "../embedded/redis-state.ts";

/** A Redis of a test's own, on a socket in a temporary folder: no port, no shared state. */
export interface TestRedis {
  readonly url: string;
  /** Forgets everything, as FLUSHALL does. */
  flush(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same socket, with nothing in it. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

const START_WITHIN_MS = 10_000;

/** Starts a Redis; fails where no server is installed. */
export async function aRedis(): Promise<TestRedis> {
  const binary = findServer(undefined);
  if (binary === undefined) throw new Error("no redis-server: apt-get install redis-server");
  const folder = mkdtempSync(join(tmpdir(), "fmg-test-redis-"));
  const socket = join(folder, "redis.sock");
  const url = socketUrl(socket);
  let child: ChildProcess | undefined;

  const start = async () => {
    const options = [
      "--port",
      "0",
      "--unixsocket",
      socket,
      "--dir",
      folder,
      "--save",
      "",
      "--appendonly",
      "no",
    ];
    child = spawn(binary, options, { stdio: "ignore" });
    const deadline = performance.now() + START_WITHIN_MS;
    for (;;) {
      const redis = await ping(url);
      redis?.disconnect();
      if (redis !== undefined) return;
      if (performance.now() > deadline) throw new Error(`${binary} did not answer on ${socket}`);
      await wait(10);
    }
  };
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
    rmSync(socket, { force: true });
  };
  await start();
  return {
    url,
    start,
    kill,
    async flush() {
      const redis = await ping(url);
      await redis?.flushall();
      redis?.disconnect();
    },
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
