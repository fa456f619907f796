import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { Duplex } from "node:stream";

import type { ParameterValue } from "@fmg/core";

import type { Continuation, ContinuationAnswer, ContinuationRequest } from "./continuation.ts";

const route = "/api/v2/pipeline/continue";
/** A config at its limit, with each of its characters escaped. (R-DYN-11) */
const longestBody = 16 * 2 ** 20;
/** What comes beyond the limit is read and dropped, so that the client hears why; for so long. */
const requestTimeoutMs = 60_000;
const helloTimeoutMs = 10_000;
const mostHeaderBytes = 16_384;

/** A server without a port: it is handed its connections. */
export interface Endpoint {
  take(connection: Duplex): void;
  close(): void;
}

/** Speaks HTTP over TLS about one thing only: all else is not found. */
export function openEndpoint(
  { cert, key }: { readonly cert: string; readonly key: string },
  continuation: Continuation,
): Endpoint {
  const server = createServer(
    {
      cert,
      key,
      handshakeTimeout: helloTimeoutMs,
      headersTimeout: helloTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: mostHeaderBytes,
    },
    (request, response) => {
      respond(request, continuation).then(
        (answer) => send(response, answer),
        // A client that left hears nothing of it; one that is there tries again.
        () => send(response, { status: 503, message: "The request could not be carried out. Try again." }),
      );
    },
  );
  // A client that speaks no TLS, or leaves: its connection ends with it.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  server.on("clientError", (_error, socket) => socket.destroy());
  return {
    take: (connection) => void server.emit("connection", connection),
    close: () => server.closeAllConnections(),
  };
}

type Answer = Omit<ContinuationAnswer, "status"> & { readonly status: number };

function send(response: ServerResponse, { status, message }: Answer): void {
  const body = `${JSON.stringify({ message })}\n`;
  // The next connection waits for this one's end.
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    connection: "close",
  });
  response.end(body);
}

async function respond(request: IncomingMessage, continuation: Continuation): Promise<Answer> {
  const body = await readBody(request);
  if (request.url !== route) return { status: 404, message: "Not found: only a pipeline is continued here." };
  if (request.method !== "POST") return { status: 405, message: "Use POST to continue the pipeline." };
  if (body === undefined) {
    return { status: 413, message: `The request is larger than ${longestBody / 2 ** 20} MB.` };
  }
  const asked = readRequest(body);
  if (typeof asked === "string") return { status: 400, message: asked };
  if (!isSame(asked.key, continuation.key.reveal())) {
    return { status: 404, message: "The continuation key is not the one of this pipeline." };
  }
  return continuation.accept({ configuration: asked.configuration, parameters: asked.parameters });
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= longestBody) chunks.push(chunk);
  }
  return size <= longestBody ? Buffer.concat(chunks).toString("utf8") : undefined;
}

/** A well-made request, or what is wrong with it. (R-DYN-11) */
export function readRequest(body: string): (ContinuationRequest & { readonly key: string }) | string {
  const asked = parsed(body);
  if (!isRecord(asked)) return "The body is not a JSON object.";
  const { "continuation-key": key, configuration, parameters = {} } = asked;
  if (typeof key !== "string") return "`continuation-key` is missing: it is in CIRCLE_CONTINUATION_KEY.";
  if (typeof configuration !== "string") return "`configuration` is missing: it is the text of a config.";
  if (!isRecord(parameters)) return "`parameters` is not an object.";
  const wrong = Object.entries(parameters).find(([, value]) => !isParameterValue(value));
  if (wrong !== undefined) return `The parameter ${wrong[0]} is not a string, a number or a boolean.`;
  return { key, configuration, parameters: parameters as Record<string, ParameterValue> };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No JSON is no object either.
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isParameterValue(value: unknown): value is ParameterValue {
  return ["string", "number", "boolean"].includes(typeof value);
}

/** In a time that tells nothing of how much was right. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
