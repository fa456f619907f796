import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { repoRoot } from "../repo-root.ts";
import type { StageMessage } from "./stage-message.ts";

/** The stage's process, seen from the demo. */
export interface Stage {
  readonly pid: number;
  /** The next message of a kind, past or to come; rejects with the stage's last words when it ends before. */
  told<K extends StageMessage["kind"]>(kind: K): Promise<Extract<StageMessage, { kind: K }>>;
  ask(question: "statuses"): void;
  /** Asks it to stop; safe to repeat. */
  lower(): void;
  /** Waits for its end; rejects when something went wrong there. */
  gone(): Promise<void>;
  /** Leaves it standing when this process ends. */
  keep(): void;
}

const TOLD_WITHIN_MS = 60_000;
const GONE_WITHIN_MS = 30_000;
const TAIL_LINES = 30;

/** Starts the stage in a session of its own: a terminal's Ctrl-C reaches the demo alone, which then lowers the stage. */
export function raiseStage(): Stage {
  const logFile = join(repoRoot, ".tools/run/demo-stage.log");
  mkdirSync(join(repoRoot, ".tools/run"), { recursive: true });
  const log = openSync(logFile, "w");
  const child = fork(fileURLToPath(new URL("stage.ts", import.meta.url)), {
    detached: true,
    execArgv: ["--conditions=@fmg/source", "--no-warnings"],
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const inbox: StageMessage[] = [];
  child.on("message", (message) => inbox.push(message as StageMessage));

  return {
    pid: child.pid!,
    told: (kind) => nextOf(kind, { child, inbox, logFile }),
    ask: (question) => send(child, question),
    lower: () => send(child, "stop"),
    async gone() {
      if (hasEnded(child)) return requireGoodEnd(child, logFile);
      await once(child, "exit", { signal: AbortSignal.timeout(GONE_WITHIN_MS) }).catch(() => {
        child.kill("SIGKILL");
        throw new Error(`the demo's processes did not stop within ${GONE_WITHIN_MS / 1000} s`);
      });
      return requireGoodEnd(child, logFile);
    },
    keep() {
      send(child, "keep");
      child.disconnect();
      child.unref();
    },
  };
}

interface Correspondence {
  readonly child: ChildProcess;
  readonly inbox: StageMessage[];
  readonly logFile: string;
}

async function nextOf<K extends StageMessage["kind"]>(
  kind: K,
  { child, inbox, logFile }: Correspondence,
): Promise<Extract<StageMessage, { kind: K }>> {
  const deadline = AbortSignal.timeout(TOLD_WITHIN_MS);
  for (;;) {
    const at = inbox.findIndex((message) => message.kind === kind);
    if (at >= 0) return inbox.splice(at, 1)[0] as Extract<StageMessage, { kind: K }>;
    if (hasEnded(child)) throw endedBadly(logFile);
    const heard = new AbortController();
    const signal = AbortSignal.any([deadline, heard.signal]);
    await Promise.race([once(child, "message", { signal }), once(child, "exit", { signal })]).catch(() => {
      throw new Error(`the demo's processes did not come to "${kind}" within ${TOLD_WITHIN_MS / 1000} s`);
    });
    heard.abort();
  }
}

function send(child: ChildProcess, message: string): void {
  if (child.connected) child.send(message);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function requireGoodEnd(child: ChildProcess, logFile: string): void {
  if (child.exitCode !== 0) throw endedBadly(logFile);
}

function endedBadly(logFile: string): Error {
  return new Error(`the demo's processes ended before they should.\n${tail(logFile)}`);
}

function tail(logFile: string): string {
  return readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
}
