import { randomUUID } from "node:crypto";
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { init } from "isomorphic-git";
import fs from "node:fs";
import { FmgError, isFmgError, type Secret } from "@fmg/core";
import { mirrorName, parseCloneUrl } from "./clone-url.ts";
import { downloadPack } from "./download-pack.ts";
import { createHttpClient, ForeignRedirect, HttpRefusal, IdleTimeout, TooLarge } from "./http-client.ts";
import { indexPack } from "./pack/index-pack.ts";
import { openPack, type Pack } from "./pack/open-pack.ts";
import { encodePackIndex } from "./pack/pack-index.ts";
import { touchPack } from "./prune-mirrors.ts";

/** A repository's bare copy on this machine. It holds the commits that were fetched, each in a pack of its own. */
export interface Mirror {
  readonly dir: string;
}

export interface FetchCommitInput {
  /** The folder of all mirrors; each repository gets one below it. */
  readonly mirrorsDir: string;
  /** HTTPS clone URL without credentials (HTTP only for servers that are configured so). */
  readonly url: string;
  /** The commit, 40 hex digits. */
  readonly sha: string;
  /** Full name of the pushed ref; asked for when the server gives out no bare commits. */
  readonly ref?: string;
  /** How many commits of history come along; 0: all of it. Default 1. */
  readonly depth?: number;
  /** Sent as the password of `x-access-token`, to the URL's own server only. */
  readonly token?: Secret;
  /** First pause between two tries; it doubles with each. */
  readonly backoffMs?: number;
  /** Longest silence of the server before a try counts as failed. */
  readonly idleMs?: number;
  readonly signal: AbortSignal;
}

const MAX_TRIES = 5;
const DEFAULT_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 15_000;
const DEFAULT_IDLE_MS = 60_000;
/** A pack is held in memory while it is indexed. */
const MAX_PACK_BYTES = 2 ** 30;
/** What git itself takes for all of it. */
const WHOLE_HISTORY = 2 ** 31 - 1;
/** How far behind a ref's tip a commit is looked for. */
export const REF_DEPTHS = [1, 50, 1000];

/**
 * Brings one commit into the repository's mirror, with the wanted depth of history, and returns the mirror. A commit that
 * is there already costs no request. Safe to call concurrently, also from several processes: a pack is written aside
 * and renamed into place, and callers in one process that want the same commit share one fetch. Throws `clone_failed`
 * (never with the token in its message), `disk_full`, or the signal's reason.
 */
export async function fetchCommit(input: FetchCommitInput): Promise<Mirror> {
  input.signal.throwIfAborted();
  const url = parseCloneUrl(input.url);
  if (!/^[0-9a-f]{40}$/.test(input.sha))
    throw new FmgError("clone_failed", `"${input.sha}" is not a commit's sha.`);
  const mirror = { dir: join(input.mirrorsDir, mirrorName(url)) };
  const key = packFiles(mirror, input.sha, input.depth).index;
  while (!(await hasCommit(mirror, input))) {
    const others = underWay.get(key);
    if (others !== undefined) {
      // Whether it worked is seen in the next round; if not, this caller tries by itself, with its own token.
      await settledOrAborted(others, input.signal);
      continue;
    }
    const fetching = fetchIntoMirror(mirror, url, input).finally(() => underWay.delete(key));
    underWay.set(key, fetching);
    await fetching;
  }
  await touchPack(key, new Date());
  return mirror;
}

/** Fetches of this process, so that the jobs of one commit wait for one fetch; everything lasting is on disk. */
const underWay = new Map<string, Promise<void>>();

async function settledOrAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const abort = (): void => {
    aborted.reject(signal.reason as Error);
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([work.catch(() => undefined), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Opens the objects of a fetched commit; use it with `using`. */
export function openCommit(mirror: Mirror, sha: string, depth?: number): Pack {
  const files = packFiles(mirror, sha, depth);
  return openPack(files.pack, files.index);
}

/**
 * The two files that hold a fetched commit's objects, each depth on its own. They are named by the commit: its presence is
 * their presence.
 */
export function packFiles(mirror: Mirror, sha: string, depth = 1): { pack: string; index: string } {
  const name = depth === 1 ? `pack-${sha}` : `pack-${sha}-${depth}`;
  const base = join(mirror.dir, "objects", "pack", name);
  return { pack: `${base}.pack`, index: `${base}.idx` };
}

async function hasCommit(mirror: Mirror, { sha, depth }: FetchCommitInput): Promise<boolean> {
  // The index is renamed into place last.
  return access(packFiles(mirror, sha, depth).index).then(
    () => true,
    () => false,
  );
}

async function fetchIntoMirror(mirror: Mirror, url: URL, input: FetchCommitInput): Promise<void> {
  try {
    await ensureMirror(mirror);
    const pack = await downloadCommit(mirror, url, input);
    await storePack(mirror, packFiles(mirror, input.sha, input.depth), pack);
  } catch (error) {
    throw asFmgError(error, url, input);
  }
}

async function ensureMirror(mirror: Mirror): Promise<void> {
  await mkdir(join(mirror.dir, "objects", "pack"), { recursive: true });
  await init({ fs, bare: true, gitdir: mirror.dir, defaultBranch: "main" });
}

async function downloadCommit(mirror: Mirror, url: URL, input: FetchCommitInput): Promise<IndexedPack> {
  const depth = input.depth === 0 ? WHOLE_HISTORY : (input.depth ?? 1);
  const bySha = await downloadIndexed(mirror, url, input, { want: input.sha, depth });
  if (bySha !== "not-there") return bySha;
  for (const behind of input.ref === undefined ? [] : REF_DEPTHS) {
    const enough = Math.min(depth + behind - 1, WHOLE_HISTORY);
    const byRef = await downloadIndexed(mirror, url, input, { want: input.ref!, depth: enough });
    if (byRef !== "not-there") return byRef;
  }
  throw new FmgError(
    "clone_failed",
    `The commit ${input.sha} is not in ${url.href}. It may have been replaced by a forced push: push again to build the new one.`,
  );
}

interface IndexedPack {
  readonly pack: Buffer;
  readonly index: Buffer;
}

async function downloadIndexed(
  mirror: Mirror,
  url: URL,
  input: FetchCommitInput,
  { want, depth }: { want: string; depth: number },
): Promise<IndexedPack | "not-there"> {
  const pack = await withRetries(input, async () => {
    const http = createHttpClient({
      url,
      token: input.token,
      idleMs: input.idleMs ?? DEFAULT_IDLE_MS,
      maxBytes: MAX_PACK_BYTES,
      signal: input.signal,
    });
    const answer = await downloadPack({
      http,
      gitdir: mirror.dir,
      url: url.href,
      want,
      depth,
      objects: "all",
    });
    if (answer === "not-there") return answer;
    return { bytes: answer, entries: await indexPack(answer) };
  });
  if (pack === "not-there" || !pack.entries.some(({ oid }) => oid === input.sha)) return "not-there";
  return { pack: pack.bytes, index: encodePackIndex(pack.entries, pack.bytes.subarray(-20)) };
}

async function withRetries<T>(input: FetchCommitInput, attempt: () => Promise<T>): Promise<T> {
  const backoffMs = input.backoffMs ?? DEFAULT_BACKOFF_MS;
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === MAX_TRIES || input.signal.aborted || !isPassing(error)) throw error;
      const asked = error instanceof HttpRefusal ? (error.retryAfterMs ?? 0) : 0;
      const pause = Math.max(backoffMs * 2 ** (tries - 1), asked) * (1 + Math.random() / 4);
      await sleep(Math.min(pause, MAX_BACKOFF_MS), undefined, { signal: input.signal });
    }
  }
}

/** Whether the same request may work a little later: overload, time-outs, broken connections and cut answers. */
function isPassing(error: unknown): boolean {
  if (error instanceof HttpRefusal)
    return error.status >= 500 || error.status === 429 || error.status === 408;
  return !(error instanceof TooLarge || error instanceof ForeignRedirect) && !isFmgError(error);
}

async function storePack(
  mirror: Mirror,
  files: ReturnType<typeof packFiles>,
  { pack, index }: IndexedPack,
): Promise<void> {
  const aside = join(mirror.dir, "objects", "pack", `tmp-${randomUUID()}`);
  try {
    // On the disk before they have their names: a power cut leaves a commit that is there, or one that is not.
    await writeFile(`${aside}.pack`, pack, { flush: true });
    await writeFile(`${aside}.idx`, index, { flush: true });
    await rename(`${aside}.pack`, files.pack);
    await rename(`${aside}.idx`, files.index);
  } finally {
    await rm(`${aside}.pack`, { force: true });
    await rm(`${aside}.idx`, { force: true });
  }
}

function asFmgError(error: unknown, url: URL, input: FetchCommitInput): unknown {
  if (input.signal.aborted) return input.signal.reason;
  if (isFmgError(error)) return error;
  if (isNodeError(error) && error.code === "ENOSPC") {
    return new FmgError(
      "disk_full",
      `No space is left for the mirror of ${url.href} in ${input.mirrorsDir}.`,
    );
  }
  return new FmgError("clone_failed", `${url.href} could not be fetched: ${explain(error, url, input)}`, {
    cause: error,
  });
}

function explain(error: unknown, url: URL, input: FetchCommitInput): string {
  if (error instanceof HttpRefusal) return explainStatus(error.status, input.token !== undefined);
  if (error instanceof ForeignRedirect)
    return `${error.message}, which FMG does not follow. Use the repository's present URL.`;
  if (error instanceof IdleTimeout) return `${error.message}, ${MAX_TRIES} times in a row.`;
  if (!Error.isError(error)) return "an unknown error.";
  // `fetch failed` says nothing; its cause does (ECONNREFUSED, ENOTFOUND, a certificate).
  const cause = Error.isError(error.cause)
    ? error.cause.message || String((error.cause as { code?: unknown }).code)
    : "";
  const reason = cause === "" ? error.message : cause;
  return `${reason}. Check that ${url.host} can be reached from this machine.`;
}

function explainStatus(status: number, withToken: boolean): string {
  if (status === 401 || status === 403) {
    return withToken
      ? `the server refuses the token (HTTP ${status}). Check that GITHUB_TOKEN is valid and may read this repository's contents.`
      : `the server asks for a token (HTTP ${status}). Set GITHUB_TOKEN to one that may read this repository's contents.`;
  }
  if (status === 404) {
    return withToken
      ? "no such repository (HTTP 404), or GITHUB_TOKEN may not see it."
      : "no such repository (HTTP 404). If it is private, set GITHUB_TOKEN.";
  }
  const times = status >= 500 || status === 429 || status === 408 ? `, ${MAX_TRIES} times in a row` : "";
  return `the server answers HTTP ${status}${times}.`;
}

function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return Error.isError(error) && "code" in error;
}
