import { spawn } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { FmgError } from "@fmg/core";
import type { Redis } from "ioredis";
import type { Logger } from "pino";
import { socketUrl } from "../connection.ts";
import { askVersion, ping } from "./redis-state.ts";
import { recordSocket } from "./socket-path.ts";

/** What the embedded server is started with. */
export interface ServerOptions {
  readonly binary: string;
  /** Where its append-only file and its log stand. */
  readonly dir: string;
  readonly socket: string;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly signal: AbortSignal;
}

/** The embedded server: a child of this process, or one that a crashed predecessor left. Started again when it dies. */
export interface RunningServer {
  readonly socket: string;
  readonly version: string;
  readonly origin: "child" | "joined";
  /** Ends the server and removes its socket's folder; its append-only file stays. */
  stop(): Promise<void>;
}

const START_WITHIN_MS = 10_000;
const POLL_MS = 20;
const STOP_WITHIN_MS = 3000;
const RESTART_AFTER_MS = 200;
const LONGEST_RESTART_MS = 5000;

/** Joins the server that answers on the socket, or starts one; resolves when it answers. */
export async function runServer(options: ServerOptions): Promise<RunningServer> {
  const { socket, dir, log, signal } = options;
  const stopping = new AbortController();
  const leftOver = await findLeftOver(socket);
  let server = leftOver ?? (await start(options, AbortSignal.any([signal, stopping.signal])));
  recordSocket(dir, socket);

  const watch = async () => {
    let pause = RESTART_AFTER_MS;
    while (!stopping.signal.aborted) {
      await Promise.race([ended(server.control), aborted(stopping.signal)]);
      if (stopping.signal.aborted) return;
      log.warn({ socket }, "the embedded Redis died and is started again; nothing is lost but time");
      try {
        await wait(pause, undefined, { signal: stopping.signal });
        server = (await findLeftOver(socket)) ?? (await start(options, stopping.signal));
        pause = RESTART_AFTER_MS;
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.error({ err: error }, "the embedded Redis could not be started again");
        pause = Math.min(pause * 2, LONGEST_RESTART_MS);
      }
    }
  };
  const watched = watch();

  return {
    socket,
    version: await askVersion(server.control),
    origin: leftOver === undefined ? "child" : "joined",
    async stop() {
      stopping.abort();
      // First the watch, which may be starting another one at this moment.
      await watched;
      await shutDown(server);
      rmSync(dirname(socket), { recursive: true, force: true });
    },
  };
}

/** A server that answers. */
interface Server {
  /** Does not reconnect: its end is the server's. */
  readonly control: Redis;
  /** Ends a server that does not listen any more, where it is our child. */
  readonly kill: () => void;
}

async function findLeftOver(socket: string): Promise<Server | undefined> {
  const control = await ping(socketUrl(socket));
  return control === undefined ? undefined : { control, kill: () => undefined };
}

async function start(options: ServerOptions, signal: AbortSignal): Promise<Server> {
  try {
    return await startOnce(options, signal);
  } catch (error) {
    const files = join(options.dir, "appendonlydir");
    if (signal.aborted || !existsSync(files)) throw error;
    // Its files may be what it does not bear. They hold nudges only, which reconcile gives again.
    const aside = `${files}.broken`;
    rmSync(aside, { recursive: true, force: true });
    renameSync(files, aside);
    options.log.warn(
      { err: error, aside },
      "the embedded Redis did not start with its files; they were moved aside",
    );
    return startOnce(options, signal);
  }
}

async function startOnce({ binary, dir, socket }: ServerOptions, signal: AbortSignal): Promise<Server> {
  rmSync(socket, { force: true });
  // A process group of its own: Ctrl-C in a terminal must not end it before those who use it.
  const child = spawn(binary, serverArguments(dir, socket), { detached: true, stdio: "ignore", cwd: dir });
  const end: { why?: string } = {};
  child.once("error", (error) => (end.why = error.message));
  child.once("exit", (code, killed) => (end.why = `it ended with ${killed ?? `exit code ${code}`}`));
  child.unref();
  const deadline = performance.now() + START_WITHIN_MS;
  while (end.why === undefined && performance.now() < deadline) {
    const control = await ping(socketUrl(socket));
    if (control !== undefined) return { control, kill: () => void child.kill("SIGKILL") };
    await wait(POLL_MS, undefined, { signal }).catch((error: unknown) => {
      child.kill("SIGKILL");
      throw error;
    });
  }
  child.kill("SIGKILL");
  const why = end.why ?? `it did not answer within ${START_WITHIN_MS / 1000} s`;
  throw new FmgError(
    "redis_unavailable",
    `${binary} could not be started: ${why}. Its log is ${join(dir, "redis.log")}.`,
  );
}

function serverArguments(dir: string, socket: string): string[] {
  const options: Record<string, string> = {
    port: "0",
    unixsocket: socket,
    unixsocketperm: "700",
    dir,
    appendonly: "yes",
    appendfsync: "everysec",
    save: "",
    "maxmemory-policy": "noeviction",
    daemonize: "no",
    pidfile: join(dir, "redis.pid"),
    logfile: join(dir, "redis.log"),
    loglevel: "warning",
  };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function ended(redis: Redis): Promise<void> {
  if (redis.status === "end") return Promise.resolve();
  return new Promise((resolve) => void redis.once("end", () => resolve()));
}

/** Asks the server to end, and waits until it has: it closes the connection as its last act. */
async function shutDown({ control, kill }: Server): Promise<void> {
  const gone = ended(control).then(() => true);
  // The answer to SHUTDOWN is the end of the connection, which fails the command.
  control.shutdown().catch(() => undefined);
  const inTime = await Promise.race([gone, wait(STOP_WITHIN_MS, false, { ref: false })]);
  if (!inTime) kill();
  control.disconnect();
}
