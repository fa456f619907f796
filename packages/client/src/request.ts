import type { Problem } from "./contract/problem.ts";
import { ConnectionError, ProblemError } from "./errors.ts";

/** Where a client talks to, and as whom. */
export interface Server {
  /** `http://localhost:5000`; a path before `/api` is kept. */
  readonly serverUrl: string;
  readonly token?: string;
  /** For tests, and for hosts with a fetch of their own. */
  readonly fetch?: typeof globalThis.fetch;
  /** How long the head of an answer may take; 30 s unless told. */
  readonly timeoutMs?: number;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const defaultTimeoutMs = 30_000;

/**
 * Sends one call and returns the answer of a success, its body unread. Throws `ProblemError` for what the server refuses,
 * `ConnectionError` where no FMG answered in time, and the signal's reason when the caller gave up.
 */
export async function request(server: Server, call: Call, signal?: AbortSignal): Promise<Response> {
  const response = await send(server, call, signal);
  if (response.ok) return response;
  throw await refusal(server, response);
}

/** The JSON of an answer. */
export async function readJson(server: Server, response: Response): Promise<unknown> {
  if (!isJson(response)) throw notFmg(server, response);
  try {
    return await response.json();
  } catch (thrown) {
    throw new ConnectionError("unreachable", server.serverUrl, describe(thrown), { cause: thrown });
  }
}

async function send(server: Server, call: Call, signal: AbortSignal | undefined): Promise<Response> {
  const timeoutMs = server.timeoutMs ?? defaultTimeoutMs;
  // The limit is for the head alone: a log may stream for hours.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const fetch = server.fetch ?? globalThis.fetch;
  try {
    return await fetch(address(server, call), {
      method: call.method,
      headers: {
        ...(server.token === undefined ? {} : { authorization: `Bearer ${server.token}` }),
        ...(call.body === undefined ? {} : { "content-type": "application/json" }),
        accept: "application/json",
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      // A redirect would carry the token to a place that nobody named.
      redirect: "error",
      signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
    });
  } catch (thrown) {
    signal?.throwIfAborted();
    if (late.signal.aborted) {
      throw new ConnectionError("timeout", server.serverUrl, `waited ${timeoutMs / 1000} s`, {
        cause: thrown,
      });
    }
    throw new ConnectionError("unreachable", server.serverUrl, describe(thrown), { cause: thrown });
  } finally {
    clearTimeout(timer);
  }
}

function address(server: Server, call: Call): string {
  const path = call.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(call.params?.[name])),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const base = server.serverUrl.replace(/\/+$/, "");
  return query.size === 0 ? base + path : `${base}${path}?${query.toString()}`;
}

async function refusal(server: Server, response: Response): Promise<Error> {
  if (!isJson(response)) return notFmg(server, response);
  const problem = (await response.json().catch(() => undefined)) as Partial<Problem> | undefined;
  if (typeof problem?.code !== "string" || typeof problem.title !== "string") return notFmg(server, response);
  return new ProblemError(problem as Problem);
}

function notFmg(server: Server, response: Response): ConnectionError {
  response.body?.cancel().catch(() => undefined);
  const type = response.headers.get("content-type") ?? "no content type";
  // A gateway in front of FMG answers for it while it is down.
  const fault = response.status >= 502 && response.status <= 504 ? "unreachable" : "not-fmg";
  return new ConnectionError(fault, server.serverUrl, `HTTP ${response.status}, ${type}`);
}

function isJson(response: Response): boolean {
  return /^application\/([\w.-]+\+)?json\b/.test(response.headers.get("content-type") ?? "");
}

/** The cause that fetch hides behind "fetch failed". */
export function describe(thrown: unknown): string {
  const { message, cause } = thrown as { message?: string; cause?: { code?: string; message?: string } };
  if (cause?.code === "ECONNREFUSED") return "connection refused";
  if (cause?.code === "ENOTFOUND") return "unknown host";
  return cause?.message || cause?.code || message || String(thrown);
}
