import type { Step } from "./contract/job.ts";
import type { LogEventData, LogEventName } from "./contract/log.ts";
import { logEventShapes } from "./contract/log.ts";
import { logRoutes } from "./contract/routes.ts";
import { ConnectionError, ProblemError } from "./errors.ts";
import { readEvents, type StreamEvent } from "./event-stream.ts";
import { request, type Server } from "./request.ts";

/** Whose log: one attempt's, or a job's newest attempt's (waiting for it, if there is none yet). */
export type LogOf = { readonly attemptId: number } | { readonly jobId: number };

/** What happens in a live log, in order. Bytes of one step come once each, without a gap. */
export type LogEvent =
  | { readonly kind: "attempt"; readonly attemptId: number }
  | ({ readonly kind: "status" } & LogEventData["status"])
  | { readonly kind: "step"; readonly step: Step }
  | {
      readonly kind: "log";
      readonly step: number;
      readonly stepName: string;
      /** Where the bytes stand in the step's log. */
      readonly offset: number;
      readonly bytes: Uint8Array;
      /** Give it as `from` to go on after these bytes in another process. */
      readonly position: string;
    }
  | ({ readonly kind: "end" } & LogEventData["end"]);

export interface FollowOptions {
  readonly signal?: AbortSignal;
  /** A position that an earlier stream gave; from the beginning unless told. */
  readonly from?: string;
  /** How long to try again after the connection was lost, before the error is thrown; 60 s unless told. */
  readonly giveUpMs?: number;
}

const defaultGiveUpMs = 60_000;
const firstPauseMs = 200;
const longestPauseMs = 5_000;
/** The server sends a comment every 15 s: a line silent for longer than this is dead. */
const silenceMs = 45_000;

/**
 * Follows a log until its attempt is final, across lost connections and restarts of the server. Throws `ProblemError` for
 * what the server refuses, `ConnectionError` when it stays away, and the signal's reason when the caller gave up.
 */
export async function* followLog(
  server: Server,
  of: LogOf,
  options: FollowOptions = {},
): AsyncGenerator<LogEvent, void, undefined> {
  const { signal, giveUpMs = defaultGiveUpMs } = options;
  const view = new LogView(of, options.from);
  let lostAt: number | undefined;
  let pauseMs = firstPauseMs;
  for (;;) {
    try {
      for await (const event of connect(server, view, signal)) {
        const news = view.take(event);
        // Repetitions are no sign of health: a server may cut each stream after them. A heartbeat comes only later.
        if (news === undefined && event.event !== "comment") continue;
        lostAt = undefined;
        pauseMs = firstPauseMs;
        if (news !== undefined) yield news;
        if (news?.kind === "end") return;
      }
      throw new ConnectionError("unreachable", server.serverUrl, "the stream was cut");
    } catch (thrown) {
      signal?.throwIfAborted();
      lostAt ??= Date.now();
      if (!mayPass(thrown) || Date.now() - lostAt > giveUpMs) throw thrown;
    }
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** What a client has seen of a log: enough to ask for the rest, and to tell news from a repetition. */
class LogView {
  #of: LogOf;
  #position: string | undefined;
  readonly #next = new Map<number, number>();
  readonly #told = new Map<string, string>();
  readonly #names = new Map<number, string>();

  constructor(of: LogOf, from: string | undefined) {
    this.#of = of;
    this.#position = from;
    for (const [, step, offset] of (from ?? "").matchAll(/(\d+):(\d+)/g)) {
      this.#next.set(Number(step), Number(offset));
    }
  }

  get path(): { path: string; params: { id: number } } {
    return "attemptId" in this.#of
      ? { path: logRoutes.attemptLog.path, params: { id: this.#of.attemptId } }
      : { path: logRoutes.jobLog.path, params: { id: this.#of.jobId } };
  }

  get position(): string | undefined {
    return this.#position;
  }

  take({ event, data, id }: StreamEvent): LogEvent | undefined {
    if (!isLogEvent(event)) return undefined;
    const value: unknown = JSON.parse(data);
    if (event === "log") return this.#takeLog(value as LogEventData["log"], id);
    if (event === "step") this.#names.set((value as Step).index, (value as Step).name);
    // From here on the attempt itself is followed: a newer one of the job would not go on at our position.
    if (event === "attempt") this.#of = { attemptId: (value as LogEventData["attempt"]).id };
    const key = event === "step" ? `step ${(value as Step).index}` : event;
    if (this.#told.get(key) === data) return undefined;
    this.#told.set(key, data);
    switch (event) {
      case "attempt":
        return { kind: "attempt", attemptId: (value as LogEventData["attempt"]).id };
      case "step":
        return { kind: "step", step: value as Step };
      case "status":
      case "end":
        return { kind: event, ...(value as LogEventData["status"]) };
    }
  }

  #takeLog(log: LogEventData["log"], id: string | undefined): LogEvent | undefined {
    const bytes = Buffer.from(log.bytes, "base64");
    const next = this.#next.get(log.step) ?? 0;
    if (log.offset > next)
      throw new Error(`the stream left out bytes ${next} to ${log.offset} of step ${log.step}`);
    const fresh = bytes.subarray(next - log.offset);
    if (id !== undefined) this.#position = id;
    if (fresh.length === 0) return undefined;
    this.#next.set(log.step, next + fresh.length);
    return {
      kind: "log",
      step: log.step,
      stepName: this.#names.get(log.step) ?? `step ${log.step}`,
      offset: next,
      bytes: fresh,
      position: this.#position ?? `${log.step}:${next + fresh.length}`,
    };
  }
}

async function* connect(
  server: Server,
  view: LogView,
  signal: AbortSignal | undefined,
): AsyncGenerator<StreamEvent> {
  // Ends the connection when the reader stops in mid-stream.
  const done = new AbortController();
  const silent = watchSilence();
  const signals = [done.signal, silent.signal, ...(signal === undefined ? [] : [signal])];
  try {
    const response = await request(
      server,
      {
        method: "GET",
        ...view.path,
        headers: {
          accept: "text/event-stream",
          ...(view.position === undefined ? {} : { "last-event-id": view.position }),
        },
      },
      AbortSignal.any(signals),
    );
    if (!response.headers.get("content-type")?.startsWith("text/event-stream") || response.body === null) {
      await response.body?.cancel();
      throw new ConnectionError("not-fmg", server.serverUrl, "the log came without a stream");
    }
    for await (const event of readEvents(response.body)) {
      silent.heard();
      yield event;
    }
  } finally {
    silent.stop();
    done.abort();
  }
}

function watchSilence(): { signal: AbortSignal; heard(): void; stop(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error("the stream fell silent")), silenceMs);
  return { signal: controller.signal, heard: () => timer.refresh(), stop: () => clearTimeout(timer) };
}

/** Whether trying again may help. */
function mayPass(thrown: unknown): boolean {
  if (thrown instanceof ProblemError) return thrown.status >= 500 || thrown.status === 429;
  return !(thrown instanceof ConnectionError && thrown.fault === "not-fmg");
}

function isLogEvent(event: string): event is LogEventName {
  return Object.hasOwn(logEventShapes, event);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
