import type { Input, Reply, Route } from "./contract/route.ts";
import { artifactRoutes, logRoutes, routes } from "./contract/routes.ts";
import { ConnectionError } from "./errors.ts";
import { followLog, type FollowOptions, type LogEvent, type LogOf } from "./log-stream.ts";
import { openTerminal, type OnOutput, type RemoteTerminal } from "./terminal.ts";
import { describe, readJson, request, type Call, type Server } from "./request.ts";

type Routes = typeof routes;

type Method<R> =
  object extends Input<R>
    ? (input?: Input<R>, options?: CallOptions) => Promise<Reply<R>>
    : (input: Input<R>, options?: CallOptions) => Promise<Reply<R>>;

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ReadLogOptions extends CallOptions {
  /** One step's log alone. */
  readonly step?: number;
}

/** FMG's API as functions: one for each route of the contract, the two ways to a log, and the bytes of artifacts. */
export type Client = { readonly [K in keyof Routes]: Method<Routes[K]> } & {
  /** The log as it stands, all steps in order. */
  readLog(of: LogOf, options?: ReadLogOptions): AsyncIterable<Uint8Array>;
  /** The log from its beginning (or `from`) until the attempt is final; survives lost connections. */
  followLog(of: LogOf, options?: FollowOptions): AsyncIterable<LogEvent>;
  /** An artifact's bytes. */
  readArtifact(id: number, options?: CallOptions): AsyncIterable<Uint8Array>;
  /** The person's side of a debug session, as a terminal. */
  openTerminal(sessionId: number, onOutput: OnOutput): RemoteTerminal;
};

/**
 * A client of one server. Nothing is sent before the first call. Calls throw `ProblemError` (the server says no),
 * `ConnectionError` (no FMG answered) or the reason of the caller's signal.
 */
export function createClient(server: Server): Client {
  const calls = Object.entries(routes).map(([name, route]) => [name, callOf(server, route)]);
  return {
    ...(Object.fromEntries(calls) as { [K in keyof Routes]: Method<Routes[K]> }),
    readLog: (of, options = {}) => readLog(server, of, options),
    followLog: (of, options) => followLog(server, of, options),
    readArtifact: (id, options = {}) => readArtifact(server, id, options),
    openTerminal: (sessionId, onOutput) => openTerminal(server, sessionId, onOutput),
  };
}

function callOf(server: Server, route: Route) {
  return async (
    input: { params?: Call["params"]; query?: Call["query"]; body?: unknown } = {},
    options: CallOptions = {},
  ): Promise<unknown> => {
    const call = {
      method: route.method,
      path: route.path,
      params: { ...input.params },
      query: { ...input.query },
      ...(input.body === undefined ? {} : { body: input.body }),
    };
    return readJson(server, await request(server, call, options.signal));
  };
}

function readLog(server: Server, of: LogOf, options: ReadLogOptions): AsyncIterable<Uint8Array> {
  const { path } = "attemptId" in of ? logRoutes.attemptLog : logRoutes.jobLog;
  const id = "attemptId" in of ? of.attemptId : of.jobId;
  const call = { path, params: { id }, query: { step: options.step }, headers: { accept: "text/plain" } };
  return readBytes(server, { method: "GET", ...call }, options);
}

function readArtifact(server: Server, id: number, options: CallOptions): AsyncIterable<Uint8Array> {
  const { method, path } = artifactRoutes.downloadArtifact;
  const headers = { accept: "application/octet-stream" };
  return readBytes(server, { method, path, params: { id }, headers }, options);
}

async function* readBytes(server: Server, call: Call, options: CallOptions): AsyncGenerator<Uint8Array> {
  const response = await request(server, call, options.signal);
  try {
    if (response.body !== null) yield* response.body;
  } catch (thrown) {
    options.signal?.throwIfAborted();
    throw new ConnectionError("unreachable", server.serverUrl, describe(thrown), { cause: thrown });
  }
}
