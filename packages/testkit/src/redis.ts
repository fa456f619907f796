import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";

export interface TestRedis {
  /** For REDIS_URL and @fmg/queue: "unix:///tmp/…/redis.sock". */
  readonly url: string;
  /** The same for a plain ioredis client, which takes a path but no unix: URL. */
  readonly socket: string;
  /** Forgets everything, as an operator's FLUSHALL does. */
  flush(): Promise<void>;
  /** Every key and value as Redis stores them, a character a byte: to look for what must not be there. */
  contents(): Promise<string>;
  /** Ends the server by SIGKILL; nothing that it held survives. */
  kill(): Promise<void>;
  /** Starts a killed server again, empty, on the same socket. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A redis-server of the test's own, on a socket in a temporary folder: no port, no shared state. Needs redis-server. */
export async function startRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), "fmg-redis-"));
  const socket = join(folder, "redis.sock");
  let server = await launch(folder, socket);

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill(signal);
    await exited;
  };
  return {
    url: `unix://${socket}`,
    socket,
    async flush() {
      const client = new Redis(socket, { maxRetriesPerRequest: 1 });
      await client.flushall();
      client.disconnect();
    },
    async contents() {
      const client = new Redis(socket, { maxRetriesPerRequest: 1 });
      const keys = await client.keys("*");
      const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
      client.disconnect();
      return [...keys, ...dumps.map((dump) => dump?.toString("latin1") ?? "")].join("\n");
    },
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGKILL");
      server = await launch(folder, socket);
    },
    async close() {
      await end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(folder: string, socket: string): Promise<ChildProcess> {
  const where = ["--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--dir", folder];
  const args = [...where, "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"];
  const server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  const failed = new Promise<never>((_, reject) => {
    server.once("error", () => {
      reject(new Error("redis-server could not be started. Install it: apt-get install redis-server"));
    });
    server.once("exit", (code) => {
      reject(new Error(`redis-server ended with code ${code} before it was ready`));
    });
  });
  await Promise.race([readyLine(server), failed]);
  failed.catch(() => {
    // The server ends some day; that is no failure any more.
  });
  return server;
}

async function readyLine(server: ChildProcess): Promise<void> {
  const lines = createInterface({ input: server.stdout! });
  for await (const line of lines) if (/ready to accept connections/i.test(line)) break;
  // Keep the pipe flowing, so that the server never waits for us.
  server.stdout?.resume();
}
