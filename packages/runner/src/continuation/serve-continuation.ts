import { PassThrough } from "node:stream";

import { FmgError, isFmgError } from "@fmg/core";

import type { Attempt } from "../attempt.ts";
import { separateFaults } from "../engine/separate-faults.ts";
import { backOff } from "../persistently.ts";
import { staticProgramPath } from "../row/step-program.ts";
import { authorityOf } from "./authority.ts";
import {
  authorityPath,
  bundlePath,
  continuationName,
  continuationPort,
  type Continuation,
} from "./continuation.ts";
import { openEndpoint, type Endpoint } from "./endpoint.ts";
import { forwardFrames, openConnections } from "./forwarded-connections.ts";

/** The place where a setup job continues its pipeline, while the job runs. */
export interface ServedContinuation {
  /** Resolves once the job can reach it. Without a continuation, or a static program to carry it, there is none. */
  start(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const startTimeoutMs = 30_000;

/**
 * Has the step program listen in the job's network, and answers what it forwards, here: TLS ends in this process, so that nothing
 * but bytes leaves the container, and no port of the host is opened. A forwarder that ends is started again while the job runs.
 */
export function serveContinuation(attempt: Attempt): ServedContinuation {
  const { continuation } = attempt.input;
  const closed = new AbortController();
  let serving: Promise<void> | undefined;
  return {
    async start(signal) {
      if (continuation === undefined || serving !== undefined) return;
      if (attempt.program === "sh") {
        const why = "that takes the static step program, and this container has none";
        await attempt.journal.say(0, `This job cannot continue its pipeline: ${why}.`);
        return;
      }
      const ready = Promise.withResolvers<void>();
      serving = serve(attempt, continuation, ready, closed.signal);
      const patience = AbortSignal.any([signal, AbortSignal.timeout(startTimeoutMs)]);
      patience.addEventListener("abort", () => ready.reject(notServed("the container does not answer")), {
        once: true,
      });
      await ready.promise;
    },
    async close() {
      closed.abort();
      await serving;
    },
  };
}

function notServed(why: string, cause?: unknown): FmgError {
  const message = `The job could not be given the place where it continues its pipeline: ${why}`;
  return new FmgError("container_failed", message, { cause });
}

async function serve(
  attempt: Attempt,
  continuation: Continuation,
  ready: PromiseWithResolvers<void>,
  closed: AbortSignal,
): Promise<void> {
  const authority = authorityOf(continuation.key, continuationName, new Date());
  const endpoint = openEndpoint(authority.issue(), continuation);
  const pause = backOff();
  while (!closed.aborted) {
    try {
      await forwardOnce(attempt, endpoint, { onReady: () => (pause.reset(), ready.resolve()), closed });
    } catch (thrown) {
      // Of no consequence once it was ready: a container that is gone is for the steps to tell.
      if (!isFmgError(thrown)) ready.reject(thrown);
      else if (thrown.code !== "docker_unavailable") ready.reject(notServed(thrown.message, thrown));
    }
    await pause.wait(closed).catch(() => undefined);
  }
  endpoint.close();
}

/** Forwards until the program ends. */
async function forwardOnce(
  { engine, name }: Attempt,
  endpoint: Endpoint,
  { onReady, closed }: { readonly onReady: () => void; readonly closed: AbortSignal },
): Promise<void> {
  const input = new PassThrough();
  const connections = openConnections(
    (frame, done) => void input.write(frame, done),
    (connection) => endpoint.take(connection),
  );
  const argv = [staticProgramPath, "forward", String(continuationPort), authorityPath, bundlePath];
  const faults = { text: "" };
  try {
    const output = engine.exec(name, { argv, environment: [], input }, closed);
    for await (const frame of forwardFrames(separateFaults(output, faults))) {
      if (frame.letter === "r") onReady();
      await connections.take(frame);
    }
  } finally {
    connections.break();
    input.destroy();
  }
  if (faults.text !== "") throw new FmgError("container_failed", faults.text.trim());
}
