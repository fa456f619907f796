import { isFinal } from "@fmg/core";
import type { LogEventData, LogEventName, Step } from "@fmg/client";
import {
  findJob,
  getAttempt,
  listAttempts,
  listSteps,
  type AttemptRow,
  type Db,
  type StateColumns,
  type StepRow,
} from "@fmg/db";
import type { LogStore } from "@fmg/storage";
import { stepToWire } from "../wire.ts";
import { Position } from "./position.ts";
import type { WakeUps, Watch } from "./wake-ups.ts";

export interface LogSources {
  readonly db: Db;
  readonly logs: LogStore;
  readonly wakeUps: WakeUps;
}

/** A wake-up may be lost; committed lengths are looked at this often in any case. */
const lookAgainMs = 1000;
/** Sent this often, so that both ends and what stands between them know that the line lives. */
const heartbeatMs = 15_000;
const heartbeat = ": \n\n";
/** At once, as bytes of the log; the rest follows in further events. */
const eventBytes = 64 * 1024;

/** The stream of an attempt: what stands committed from the position on, then what comes, until the attempt is final. */
export async function* liveAttemptLog(
  sources: LogSources,
  ids: { readonly attemptId: number; readonly pipelineId: number },
  from: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const reader = startReader(sources, ids.pipelineId, from);
  try {
    yield* followAttempt(sources, ids.attemptId, reader, signal);
  } finally {
    reader.watch.stop();
  }
}

/** The stream of a job: waits for an attempt, names it, and goes on as its stream. */
export async function* liveJobLog(
  sources: LogSources,
  ids: { readonly jobId: number; readonly pipelineId: number },
  from: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const reader = startReader(sources, ids.pipelineId, from);
  try {
    while (!signal.aborted) {
      const job = findJob(sources.db, ids.jobId)?.job;
      const attempt = newestAttempt(listAttempts(sources.db, ids.jobId));
      if (attempt !== undefined) {
        yield event("attempt", { id: attempt.id });
        yield* followAttempt(sources, attempt.id, reader, signal);
        return;
      }
      if (job === undefined) return;
      // A job that is left out never gets an attempt.
      if (isFinal(job.status)) {
        yield event("end", standing(job));
        return;
      }
      yield* reader.told.news("status", event("status", standing(job)));
      yield* waitForNews(reader, signal);
    }
  } finally {
    reader.watch.stop();
  }
}

/** The newest of a job's attempts; of several nodes the first. */
export function newestAttempt(attempts: readonly AttemptRow[]): AttemptRow | undefined {
  return [...attempts].sort((a, b) => b.number - a.number || a.nodeIndex - b.nodeIndex)[0];
}

/** What one stream has sent, and how it hears of more. */
interface Reader {
  readonly watch: Watch;
  readonly position: Position;
  readonly told: Told;
  beatAt: number;
}

function startReader(sources: LogSources, pipelineId: number, from: string | undefined): Reader {
  return {
    watch: sources.wakeUps.watch(pipelineId),
    position: new Position(from),
    told: new Told(),
    beatAt: performance.now(),
  };
}

async function* followAttempt(
  sources: LogSources,
  attemptId: number,
  reader: Reader,
  signal: AbortSignal,
): AsyncGenerator<string> {
  while (!signal.aborted) {
    // The attempt first: once it is final its steps are too, so the lengths read after it are the last ones.
    const attempt = getAttempt(sources.db, attemptId);
    if (attempt === undefined) return;
    const steps = listSteps(sources.db, attemptId);
    if (!isFinal(attempt.status)) yield* reader.told.news("status", event("status", standing(attempt)));
    for (const step of steps) yield* newsOfStep(sources, reader, { step, steps }, signal);
    if (signal.aborted) return;
    if (isFinal(attempt.status)) {
      yield event("end", standing(attempt));
      return;
    }
    yield* waitForNews(reader, signal);
  }
}

/** That the step began, then its bytes, then how it ended. */
async function* newsOfStep(
  sources: LogSources,
  { position, told }: Reader,
  { step, steps }: { readonly step: StepRow; readonly steps: readonly StepRow[] },
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (step.status === "pending") return;
  const ended = isFinal(step.status);
  const from = position.next(step);
  if (!ended || from < step.storedLength) yield* told.once(`begin ${step.index}`, event("step", begun(step)));
  for await (const chunk of sources.logs.read(step.attemptId, step.index, from, step.storedLength)) {
    for (const bytes of pieces(chunk)) {
      if (signal.aborted) return;
      const offset = position.next(step);
      position.advance(step.index, offset + bytes.length, steps);
      yield event("log", { step: step.index, offset, bytes: base64(bytes) }, position.toString());
    }
  }
  if (ended) yield* told.once(`end ${step.index}`, event("step", stepToWire(step)));
}

/** The step as it stood when it began; its end is told after its last byte. */
function begun(step: StepRow): Step {
  const open = { status: "running", reason: null, message: null, finishedAt: null } as const;
  return { ...stepToWire(step), ...open, exitCode: null, durationMs: null, logBytes: 0 };
}

/** Returns when it is time to look again. */
async function* waitForNews(reader: Reader, signal: AbortSignal): AsyncGenerator<string> {
  await reader.watch.next(lookAgainMs, signal);
  if (performance.now() - reader.beatAt < heartbeatMs) return;
  reader.beatAt = performance.now();
  yield heartbeat;
}

/** What a stream has said about how things stand, so that it says it once. */
class Told {
  readonly #last = new Map<string, string>();

  *news(key: string, text: string): Generator<string> {
    if (this.#last.get(key) === text) return;
    this.#last.set(key, text);
    yield text;
  }

  *once(key: string, text: string): Generator<string> {
    if (!this.#last.has(key)) yield* this.news(key, text);
  }
}

function event<K extends LogEventName>(name: K, data: LogEventData[K], id?: string): string {
  return `event: ${name}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}

function standing({ status, reason, message }: StateColumns): LogEventData["end"] {
  return { status, reason, message };
}

function* pieces(chunk: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += eventBytes) yield chunk.subarray(at, at + eventBytes);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
