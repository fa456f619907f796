import { spawn, type ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repoRoot } from "./repo-root.ts";

export interface AppSettings {
  /** The app's main file from the workspace's root: "apps/api/src/main.ts". */
  readonly main: string;
  /** Its settings. Beside them it gets PATH, HOME, TMPDIR and DOCKER_HOST only. */
  readonly env: Readonly<Record<string, string>>;
  /** How long it may take until it listens. */
  readonly startWithinMs?: number;
}

/** A line of a pino log, or a plain line as `msg`. */
export interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface App {
  readonly pid: number;
  /** What its "listening" line says; null for an app without a server. */
  readonly url: string | null;
  readonly log: readonly LogLine[];
  /** Resolves with the first line, past or to come, that fits; rejects at the deadline or when the app ends. */
  waitForLog(fits: (line: LogLine) => boolean, deadlineMs: number): Promise<LogLine>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and waits; throws when it takes longer than `withinMs` (6 s), after a SIGKILL. Returns the exit code. */
  stop(withinMs?: number): Promise<number | null>;
  /** Starts it again with the same settings; the old process must have ended. */
  restart(): Promise<App>;
  isRunning(): boolean;
}

/** Starts an app from its sources as a process of its own, and waits until it says that it listens. */
export async function startApp(settings: AppSettings): Promise<App> {
  const { main, env, startWithinMs = 60_000 } = settings;
  const child = spawn(process.execPath, ["--conditions=@fmg/source", "--no-warnings", join(repoRoot, main)], {
    cwd: repoRoot,
    env: { ...inherited(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const killOnExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killOnExit);
  child.once("exit", () => process.off("exit", killOnExit));
  const { log, waitForLog } = collectLog(child, main);
  const listening = await waitForLog(({ msg }) => msg === "listening", startWithinMs).catch(
    (error: unknown) => {
      child.kill("SIGKILL");
      throw error;
    },
  );
  const url = typeof listening["url"] === "string" ? listening["url"] : null;
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;

  return {
    pid: child.pid!,
    url,
    log,
    waitForLog,
    isRunning,
    async kill() {
      await end(child, "SIGKILL");
    },
    async stop(withinMs = 6000) {
      const inTime = await end(child, "SIGTERM", withinMs);
      if (inTime) return child.exitCode;
      await end(child, "SIGKILL");
      throw new Error(`${main} did not end within ${withinMs} ms of SIGTERM.\n${tail(log)}`);
    },
    restart() {
      if (isRunning()) throw new Error(`${main} still runs (pid ${child.pid}): kill or stop it first`);
      return startApp(settings);
    },
  };
}

function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "DOCKER_HOST"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

async function end(child: ChildProcess, signal: NodeJS.Signals, withinMs = 10_000): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true;
  const exited = once(child, "exit", { signal: AbortSignal.timeout(withinMs) });
  child.kill(signal);
  return exited.then(
    () => true,
    () => false,
  );
}

function collectLog(child: ChildProcess, main: string): Pick<App, "log" | "waitForLog"> {
  const log: LogLine[] = [];
  const lines = new EventEmitter();
  lines.setMaxListeners(0);
  for (const input of [child.stdout!, child.stderr!]) {
    createInterface({ input }).on("line", (text) => {
      log.push(parseLine(text));
      lines.emit("change");
    });
  }
  let ended: string | undefined;
  child.once("error", (error) => {
    ended = String(error);
    lines.emit("change");
  });
  child.once("close", (code, signal) => {
    ended = `it ended with ${signal ?? `code ${code}`}`;
    lines.emit("change");
  });
  return {
    log,
    async waitForLog(fits, deadlineMs) {
      const deadline = AbortSignal.timeout(deadlineMs);
      for (let seen = 0; ;) {
        for (; seen < log.length; seen += 1) if (fits(log[seen]!)) return log[seen]!;
        if (ended !== undefined)
          throw new Error(`${main} did not log what was waited for: ${ended}.\n${tail(log)}`);
        await once(lines, "change", { signal: deadline }).catch(() => {
          throw new Error(`${main} did not log what was waited for within ${deadlineMs} ms.\n${tail(log)}`);
        });
      }
    },
  };
}

function parseLine(text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "msg" in value) return value as LogLine;
  } catch {
    // A line that is no JSON: a crash's stack, or a warning of Node.
  }
  return { msg: text };
}

function tail(log: readonly LogLine[]): string {
  const lines = log
    .slice(-40)
    .map((line) => (Object.keys(line).length === 1 ? line.msg : JSON.stringify(line)));
  return `Its last ${lines.length} lines:\n${lines.join("\n")}`;
}
