import { FmgError, isFmgError, type Secret } from "@fmg/core";
import { listServerRefs, type HttpClient } from "isomorphic-git";
import { parseCloneUrl } from "./clone-url.ts";
import { createHttpClient, HttpRefusal } from "./http-client.ts";

export interface ResolveRefInput {
  /** HTTPS clone URL without credentials. */
  readonly url: string;
  /** Full name: `refs/heads/main`. */
  readonly ref: string;
  /** Sent to the URL's own server only. */
  readonly token?: Secret | undefined;
  readonly signal: AbortSignal;
}

/** A server with a million refs names them in less. */
export const MAX_ANSWER_BYTES = 128 * 2 ** 20;
export const IDLE_MS = 15_000;

/**
 * The commit that a branch or tag stands on now, asked of the repository's server; of an annotated tag the commit that it
 * is on; undefined where there is no such ref. Throws `clone_failed` where the server does not tell.
 */
export async function resolveRef(input: ResolveRefInput): Promise<string | undefined> {
  const url = parseCloneUrl(input.url);
  try {
    const refs = await listServerRefs({
      http: httpClient(url, input),
      url: url.href,
      prefix: input.ref,
      peelTags: true,
    });
    const found = refs.find(({ ref }) => ref === input.ref);
    return found?.peeled ?? found?.oid;
  } catch (error) {
    throw cannotTell(error, `where ${input.ref} is`, input);
  }
}

/** What to throw when the repository's server did not answer a question: `clone_failed`, or the signal's reason. */
export function cannotTell(error: unknown, what: string, { url, signal }: ResolveRefInput): unknown {
  if (signal.aborted) return signal.reason;
  if (isFmgError(error)) return error;
  const { href } = parseCloneUrl(url);
  return new FmgError("clone_failed", `${href} does not tell ${what}: ${explain(error)}`, { cause: error });
}

function httpClient(url: URL, { token, signal }: ResolveRefInput): HttpClient {
  const send = createHttpClient({ url, token, idleMs: IDLE_MS, maxBytes: MAX_ANSWER_BYTES, signal });
  return {
    async request(request) {
      const { status, statusText, headers, body } = await send(request);
      return {
        url: request.url,
        statusCode: status,
        statusMessage: statusText,
        headers: Object.fromEntries(headers),
        body: inOnePiece(body),
      };
    },
  };
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function explain(error: unknown): string {
  if (error instanceof HttpRefusal) {
    const isHidden = [401, 403, 404].includes(error.status);
    return `HTTP ${error.status}.${isHidden ? " Check that GITHUB_TOKEN is set and may read the repository." : ""}`;
  }
  return Error.isError(error) ? error.message : String(error);
}
