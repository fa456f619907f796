import { setTimeout as delay } from "node:timers/promises";
import type { BuildJobPlan } from "@fmg/core";
import {
  attemptContext,
  closeDebugSession,
  getAttempt,
  getDebugSession,
  inTransaction,
  overdueDebugSessions,
  recordAudit,
  takeDebugSession,
  type AttemptContext,
  type DebugSession,
} from "@fmg/db";
import type { TerminalEnd, TerminalMessage, Terminals } from "@fmg/queue";
import { openShell, type Shell } from "@fmg/runner";
import { jobInput } from "../run/run-attempt.ts";
import type { Services } from "../services.ts";

/** The person's side says something every 15 s. */
const SILENT_FOR_MS = 45_000;
const LOOK_EVERY_MS = 1000;
/** So much output may be under way to the person; then the shell waits. */
const UNHEARD_BYTES = 256 * 1024;
const CHUNK_BYTES = 32 * 1024;
/** Until the person's terminal says how large it is. */
const firstSize = { columns: 80, rows: 24 };

/** The shells that this orchestrator has open for people. */
export interface Shells {
  /** Ends all of them. */
  close(): Promise<void>;
}

/**
 * Opens the shells that the API asks for, in containers of this orchestrator's Docker host: one orchestrator takes a session,
 * joins it, and says `ready`. It ends with its shell, with its time, with its person, or with this process.
 */
export function serveShells(services: Services, terminals: Terminals): Shells {
  const stopping = new AbortController();
  const open = new Set<Promise<void>>();
  terminals.onAsk((sessionId) => {
    if (stopping.signal.aborted) return;
    const work = serve(services, terminals, sessionId, stopping.signal)
      .catch((error: unknown) => services.log.error({ err: error, sessionId }, "a debug session failed"))
      .finally(() => open.delete(work));
    open.add(work);
  });
  return {
    async close() {
      stopping.abort();
      await Promise.all(open);
      await terminals.close();
    },
  };
}

/** Closes sessions whose time is up and whose orchestrator did not: it died, or none took them. */
export function closeOverdueShells(services: Services): void {
  for (const id of overdueDebugSessions(services.db, services.now())) note(services, id, "its time is up");
}

async function serve(
  services: Services,
  terminals: Terminals,
  sessionId: number,
  stopping: AbortSignal,
): Promise<void> {
  const session = getDebugSession(services.db, sessionId);
  if (session === undefined) return;
  const context = attemptContext(services.db, session.attemptId);
  // A null host is of an attempt that ran before hosts were noted.
  if ((context.attempt.host ?? services.host.id) !== services.host.id) return;
  if (!takeDebugSession(services.db, sessionId, services.owner, services.now())) return;
  const ended = Promise.withResolvers<string>();
  const person: Person = {
    heardAt: services.now(),
    unheard: 0,
    shell: undefined,
    resized: Promise.resolve(),
    end: ended.resolve,
  };
  const end = await terminals.join(sessionId, "shell", (message) => hear(services, person, message));
  try {
    const refused = refusal(services, context);
    if (refused === undefined) await talk({ services, session, context, person, end, ended, stopping });
    else say(services, end, session, { why: refused });
  } catch (error) {
    const why = Error.isError(error) ? error.message : String(error);
    say(services, end, session, { why });
  } finally {
    await person.shell?.close();
    end.leave();
  }
}

/** Asked again here: the API said yes before. */
function refusal(services: Services, { attempt, pipeline }: AttemptContext): string | undefined {
  if (pipeline.trust !== "own") return "the pipeline is of a fork";
  const kept = attempt.keptUntil !== null && attempt.keptUntil > services.now();
  return attempt.status === "running" || kept ? undefined : "the container is not kept any more";
}

/** What is known of the person's side. */
interface Person {
  heardAt: number;
  /** Bytes of output that are under way to it. */
  unheard: number;
  shell: Shell | undefined;
  /** The last change of its size: what is typed after it comes after it. */
  resized: Promise<void>;
  readonly end: (why: string) => void;
}

function hear(services: Services, person: Person, message: TerminalMessage<"shell">): void {
  person.heardAt = services.now();
  switch (message.kind) {
    case "input": {
      const typed = Buffer.from(message.bytes, "base64");
      person.resized = person.resized.then(() => person.shell?.write(typed));
      return;
    }
    case "resize":
      person.resized = person.resized.then(() => person.shell?.resize(message)).catch(() => undefined);
      return;
    case "heard":
      person.unheard -= message.count;
      return;
    case "alive":
      return;
    case "leave":
      person.end(message.why);
      return;
  }
}

interface Talk {
  readonly services: Services;
  readonly session: DebugSession;
  readonly context: AttemptContext;
  readonly person: Person;
  readonly end: TerminalEnd<"shell">;
  readonly ended: PromiseWithResolvers<string>;
  readonly stopping: AbortSignal;
}

async function talk({ services, session, context, person, end, ended, stopping }: Talk): Promise<void> {
  const over = new AbortController();
  const input = jobInput(services, context, context.attempt.epoch);
  const options = { session: session.id, step: stepToLookAt(context), size: firstSize };
  const shell = await openShell(services.engine, input, options, over.signal);
  person.shell = shell;
  end.say({ kind: "ready" });
  services.log.info({ sessionId: session.id, attemptId: session.attemptId }, "a debug shell was opened");
  const stop = (): void => ended.resolve("the orchestrator stops");
  stopping.addEventListener("abort", stop, { once: true });
  const watch = setInterval(() => {
    const why = reasonToEnd(services, session, person);
    if (why !== undefined) ended.resolve(why);
  }, LOOK_EVERY_MS);
  try {
    const sent = send(shell, person, end).then(() => undefined);
    // A container that went takes its shell along: the reason is told, and not the shell's code.
    const why = (await Promise.race([sent, ended.promise])) ?? reasonToEnd(services, session, person);
    const exitCode = why === undefined ? await shell.exitCode() : undefined;
    say(services, end, session, {
      why: why ?? "the shell has ended",
      ...(exitCode === undefined ? {} : { exitCode }),
    });
  } finally {
    clearInterval(watch);
    stopping.removeEventListener("abort", stop);
    await shell.close();
    over.abort();
  }
}

/** The first step that failed, else the one that runs: that is where the person wants to look. */
function stepToLookAt({ steps, jobPlan }: AttemptContext): number | undefined {
  const isRun = (index: number): boolean => (jobPlan as BuildJobPlan).steps[index - 1]?.kind === "run";
  const failed = steps.find(
    ({ status, index }) => (status === "failure" || status === "error") && isRun(index),
  );
  return (failed ?? steps.find(({ status, index }) => status === "running" && isRun(index)))?.index;
}

async function send(shell: Shell, person: Person, end: TerminalEnd<"shell">): Promise<void> {
  for await (const bytes of shell.output) {
    for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
      const chunk = bytes.subarray(from, from + CHUNK_BYTES);
      // Whoever reads slowly slows the shell down, as a slow terminal does.
      while (person.unheard > UNHEARD_BYTES) await delay(10);
      person.unheard += chunk.length;
      end.say({ kind: "output", bytes: Buffer.from(chunk).toString("base64") });
    }
  }
}

function reasonToEnd(services: Services, session: DebugSession, person: Person): string | undefined {
  const now = services.now();
  if (now >= session.expiresAt) return "its time is up";
  if (now - person.heardAt > SILENT_FOR_MS) return "the person's side fell silent";
  const attempt = getAttempt(services.db, session.attemptId);
  const isThere = attempt?.status === "running" || (attempt?.keptUntil ?? 0) > now;
  return isThere ? undefined : "the attempt ended, and its container goes";
}

function say(
  services: Services,
  end: TerminalEnd<"shell">,
  session: DebugSession,
  how: { readonly why: string; readonly exitCode?: number },
): void {
  end.say({ kind: "end", ...how });
  note(services, session.id, how.why);
}

/** Closes the session's row, and writes it into the book. */
function note(services: Services, sessionId: number, why: string): void {
  const { db } = services;
  inTransaction(db, () => {
    const session = getDebugSession(db, sessionId);
    if (session === undefined || !closeDebugSession(db, sessionId, why, services.now())) return;
    recordAudit(db, {
      at: services.now(),
      tokenId: session.tokenId,
      tokenName: null,
      ip: null,
      action: "debug.close",
      target: `attempt ${session.attemptId}`,
      detail: why,
    });
  });
  services.log.info({ sessionId, why }, "a debug session ended");
}
