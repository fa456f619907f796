import { Readable } from "node:stream";
import { isFinal } from "@fmg/core";
import { logRoutes, type Input } from "@fmg/client";
import { listAttempts, listSteps, type AttemptRow, type StepRow } from "@fmg/db";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Adapters } from "../adapters.ts";
import { attemptOr404, jobOr404 } from "../find.ts";
import { liveAttemptLog, liveJobLog, newestAttempt, type LogSources } from "../logs/live-log.ts";
import { parseRange, readText, textLength } from "../logs/text-log.ts";
import { createWakeUps } from "../logs/wake-ups.ts";
import { ProblemDetail } from "../problem.ts";
import { checked, serveRaw } from "../serve.ts";

type LogInput = Input<typeof logRoutes.attemptLog>;

/** Each stream costs a connection and a look at the rows every second. */
const maxStreams = 1000;
const textType = "text/plain; charset=utf-8";

/** Logs as text with ranges, or as live streams that go on where they were cut. */
export async function logRoutesPlugin(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const { db } = adapters;
  const sources: LogSources = { db, logs: adapters.logs, wakeUps: createWakeUps(adapters.live) };
  const streams = new Streams();
  // Streams end first: they would hold the server open. Their readers come back to its successor.
  app.addHook("preClose", async () => streams.endAll());
  app.addHook("onClose", async () => sources.wakeUps.close());
  const shapes = { [textType]: logRoutes.attemptLog.reply, "text/event-stream": logRoutes.attemptLog.reply };
  const success = { 200: shapes, 206: { [textType]: logRoutes.attemptLog.reply } };

  serveRaw(app, logRoutes.attemptLog, {
    success,
    streams: true,
    handler: (request, reply) => {
      const { params } = checked<typeof logRoutes.attemptLog>(request);
      const { attempt, pipelineId } = attemptOr404(db, params.id);
      if (!wantsStream(request)) return sendText(adapters, attempt, request, reply);
      const ids = { attemptId: attempt.id, pipelineId };
      return streams.send(request, reply, (signal) => liveAttemptLog(sources, ids, startOf(request), signal));
    },
  });

  serveRaw(app, logRoutes.jobLog, {
    success,
    streams: true,
    handler: (request, reply) => {
      const { params } = checked<typeof logRoutes.jobLog>(request);
      const { job, workflow } = jobOr404(db, params.id);
      if (!wantsStream(request))
        return sendText(adapters, newestAttempt(listAttempts(db, job.id)), request, reply);
      const ids = { jobId: job.id, pipelineId: workflow.pipelineId };
      return streams.send(request, reply, (signal) => liveJobLog(sources, ids, startOf(request), signal));
    },
  });
}

/** A job without an attempt has an empty log. */
function sendText(
  { db, logs }: Adapters,
  attempt: AttemptRow | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const steps = attempt === undefined ? [] : stepsAskedFor(request, listSteps(db, attempt.id));
  const total = textLength(steps);
  const final = attempt !== undefined && isFinal(attempt.status);
  const etag = final ? `"${attempt.id}-${total}"` : undefined;
  reply
    .type("text/plain; charset=utf-8")
    .header("accept-ranges", "bytes")
    .header("cache-control", "no-cache");
  if (etag !== undefined) reply.header("etag", etag);
  const condition = request.headers["if-range"];
  const range =
    condition === undefined || condition === etag ? parseRange(request.headers.range, total) : undefined;
  if (range === "unsatisfiable") {
    reply.header("content-range", `bytes */${total}`);
    throw new ProblemDetail("range-not-satisfiable", `The log has ${total} bytes${final ? "" : " so far"}.`);
  }
  if (range !== undefined) {
    // While the attempt runs nobody knows how long its log will be.
    const whole = final ? String(total) : "*";
    reply.status(206).header("content-range", `bytes ${range.start}-${range.end - 1}/${whole}`);
  }
  const served = range ?? { start: 0, end: total };
  reply.header("content-length", served.end - served.start);
  return reply.send(Readable.from(readText(logs, steps, served), { objectMode: false }));
}

function stepsAskedFor(request: FastifyRequest, steps: readonly StepRow[]): readonly StepRow[] {
  const { step } = (request.query ?? {}) as NonNullable<LogInput["query"]>;
  if (step === undefined) return steps;
  const found = steps.filter(({ index }) => index === step);
  if (found.length === 0) throw new ProblemDetail("not-found", `The attempt has no step ${step}.`);
  return found;
}

function wantsStream(request: FastifyRequest): boolean {
  return request.headers.accept?.includes("text/event-stream") === true;
}

/** Where a stream starts: after the last event that its reader saw, else where `from` says. */
function startOf(request: FastifyRequest): string | undefined {
  const last = request.headers["last-event-id"];
  const { from } = (request.query ?? {}) as NonNullable<LogInput["query"]>;
  return typeof last === "string" && last !== "" ? last : from;
}

/** The open streams: counted, and ended with their connection or with the server. */
class Streams {
  readonly #open = new Set<AbortController>();

  send(
    request: FastifyRequest,
    reply: FastifyReply,
    events: (signal: AbortSignal) => AsyncGenerator<string>,
  ): FastifyReply {
    if (this.#open.size >= maxStreams) {
      throw new ProblemDetail("too-many-streams", `${maxStreams} log streams are open: try again later.`);
    }
    const ended = new AbortController();
    this.#open.add(ended);
    request.raw.socket.setNoDelay(true);
    reply.raw.once("close", () => {
      ended.abort();
      this.#open.delete(ended);
    });
    return (
      reply
        .type("text/event-stream")
        .header("cache-control", "no-cache, no-transform")
        .header("x-accel-buffering", "no")
        // Kept alive after its end, the connection would hold a closing server open.
        .header("connection", "close")
        .send(Readable.from(events(ended.signal), { objectMode: false }))
    );
  }

  endAll(): void {
    for (const stream of this.#open) stream.abort();
  }
}
