import { buffer } from "node:stream/consumers";
import type { GitHttpRequest } from "isomorphic-git";
import type { Secret } from "@fmg/core";

/** An answer other than 200; `retryAfterMs` when the server named a time. */
export class HttpRefusal extends Error {
  readonly status: number;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, retryAfterMs: number | undefined) {
    super(`HTTP ${status}`);
    this.name = "HttpRefusal";
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Nothing came from the server for the idle time. */
export class IdleTimeout extends Error {
  constructor(idleMs: number) {
    super(`the server sent nothing for ${idleMs / 1000} s`);
    this.name = "IdleTimeout";
  }
}

/** What must never be exceeded is not worth a second try. */
export class TooLarge extends Error {
  constructor(limitBytes: number) {
    super(`the answer is larger than ${limitBytes} bytes`);
    this.name = "TooLarge";
  }
}

/** A redirect that leaves the server; following it would send the request (and the token) elsewhere. */
export class ForeignRedirect extends Error {
  constructor(host: string) {
    super(`the server redirects to ${host}`);
    this.name = "ForeignRedirect";
  }
}

export interface HttpClientSettings {
  readonly url: URL;
  readonly token: Secret | undefined;
  /** Longest silence of the server, in milliseconds. */
  readonly idleMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

const MAX_REDIRECTS = 3;

/** An answer with its whole body. */
export interface WholeResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Sends one of isomorphic-git's requests; only status 200 comes back, the rest is thrown. */
export type SendRequest = (request: GitHttpRequest) => Promise<WholeResponse>;

/** Requests on Node's fetch: abortable, bounded, and the token goes to the given server only. */
export function createHttpClient(settings: HttpClientSettings): SendRequest {
  return async (request) => {
    const body = request.body === undefined ? undefined : await buffer(request.body);
    return fetchWithinServer(settings, request, body);
  };
}

async function fetchWithinServer(
  settings: HttpClientSettings,
  request: GitHttpRequest,
  body: Uint8Array<ArrayBuffer> | undefined,
): Promise<WholeResponse> {
  let url = new URL(request.url);
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetchWhole(settings, url, request, body);
    if (response.status === 200) return response;
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null || redirects === MAX_REDIRECTS) {
      throw new HttpRefusal(response.status, retryAfterMs(response.headers));
    }
    url = new URL(location, url);
    if (!isSameServer(settings.url, url)) throw new ForeignRedirect(url.host);
  }
}

function isSameServer(first: URL, next: URL): boolean {
  if (next.origin === first.origin) return true;
  return next.hostname === first.hostname && first.protocol === "http:" && next.protocol === "https:";
}

/** One request with its whole answer, so that a connection that breaks or falls silent is one plain error. */
async function fetchWhole(
  { token, idleMs, maxBytes, signal }: HttpClientSettings,
  url: URL,
  request: GitHttpRequest,
  body: Uint8Array<ArrayBuffer> | undefined,
): Promise<WholeResponse> {
  const idle = new AbortController();
  const timer = setTimeout(() => {
    idle.abort(new IdleTimeout(idleMs));
  }, idleMs);
  try {
    const response = await fetch(url, {
      method: request.method ?? "GET",
      headers: { ...request.headers, "user-agent": "git/fmg", ...authorization(token) },
      redirect: "manual",
      signal: AbortSignal.any([signal, idle.signal]),
      ...(body === undefined ? {} : { body }),
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      timer.refresh();
      size += chunk.length;
      if (size > maxBytes) throw new TooLarge(maxBytes);
      chunks.push(chunk);
    }
    const { status, statusText, headers } = response;
    return { status, statusText, headers, body: Buffer.concat(chunks) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (idle.signal.aborted) throw idle.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function authorization(token: Secret | undefined): Record<string, string> {
  if (token === undefined) return {};
  const credentials = Buffer.from(`x-access-token:${token.reveal()}`).toString("base64");
  return { authorization: `Basic ${credentials}` };
}

function retryAfterMs(headers: Headers): number | undefined {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
