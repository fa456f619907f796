import { open, stat } from "node:fs/promises";
import { FmgError, isFmgError } from "@fmg/core";
import { openCommit, packFiles, type Mirror } from "../mirror.ts";
import { printable, readCommit, UnsafeTree, type Commit } from "../tree.ts";
import { noHistory, readHistory } from "./history.ts";
import { encodeIndex, gitDirFiles, gitDirFolders, type IndexedFile } from "./git-dir.ts";
import { parseGitmodules, submoduleUrl, type SubmodulePlan } from "./submodules.ts";
import { tarEnd, tarHeader, tarPadding } from "./tar.ts";
import { modes, workingTree, type CommonFields, type WorkingTreeTally } from "./working-tree.ts";

export interface TreeAsTarInput {
  readonly sha: string;
  /** The branch that HEAD stands on; without one HEAD is detached. */
  readonly branch?: string;
  readonly tag?: string;
  /** What `origin` is set to; credentials in it are left out. */
  readonly originUrl: string;
  /** That of the fetch. */
  readonly depth?: number;
  /** The folder in the tar that holds everything, such as "project"; "" for none. */
  readonly prefix: string;
  /** Owner of every file; root by default. */
  readonly uid?: number;
  readonly gid?: number;
  /** Fetches submodules, and theirs; without it they are empty folders. */
  readonly fetchSubmodule?: FetchSubmodule;
  /** Told once the working tree is written. */
  readonly onTree?: (left: LeftOut) => void;
}

/** Brings a submodule's commit into a mirror of its own, one commit deep. The URL is on the server of its repository. */
export type FetchSubmodule = (url: string, sha: string) => Promise<Mirror>;

/** What a checkout does not bring along: how many submodules are empty folders, and how many files stand for others in Git LFS. */
export interface LeftOut {
  readonly submodules: number;
  readonly lfsPointers: number;
  /** A line for each submodule that was fetched, or that could not be. */
  readonly notes: readonly string[];
}

/** Each costs a fetch; they may name one another. */
const MAX_SUBMODULES = 100;
const MAX_SUBMODULE_DEPTH = 5;

/** Small pieces are joined to chunks of about this size: a write for each header would cost more than the bytes. */
const CHUNK_BYTES = 64 * 1024;

/**
 * A commit's working tree with a usable `.git`, as a tar: the commit's pack, refs, config and an index that makes
 * `git status` clean. All mtimes come from the commit's time, so that the same commit always gives the same bytes. A submodule
 * is a repository of the same kind in its folder, or an empty folder. Nothing is read or written through the mirror's file system but the pack. Throws `clone_failed`
 * for a tree with unsafe names or one that is too large.
 */
export async function* treeAsTar(mirror: Mirror, input: TreeAsTarInput): AsyncGenerator<Uint8Array> {
  try {
    yield* inChunks(tarPieces(mirror, input));
  } catch (error) {
    if (isFmgError(error)) throw error;
    const message = Error.isError(error) ? error.message : String(error);
    const why =
      error instanceof UnsafeTree ? "is not safe to check out" : "could not be read from the mirror";
    throw new FmgError("clone_failed", `Commit ${input.sha} ${why}: ${message}.`, { cause: error });
  }
}

async function* tarPieces(mirror: Mirror, input: TreeAsTarInput): AsyncGenerator<Uint8Array> {
  const root =
    input.prefix === "" ? "" : `${Buffer.from(input.prefix).toString("latin1").replace(/\/+$/, "")}/`;
  const tally: Tally = { bytes: 0, fetched: 0, submodules: 0, lfsPointers: 0, notes: [] };
  yield* repository(mirror, input, { root, depth: 0, isFolderThere: root === "", tally });
  const { submodules, lfsPointers, notes } = tally;
  input.onTree?.({ submodules, lfsPointers, notes });
  yield tarEnd;
}

/** What all repositories of a checkout have together. */
interface Tally extends WorkingTreeTally {
  fetched: number;
  submodules: number;
  readonly notes: string[];
}

interface Place {
  /** Where it lies in the tar, ending with a slash. */
  readonly root: string;
  /** In how many others. */
  readonly depth: number;
  readonly isFolderThere: boolean;
  readonly tally: Tally;
}

async function* repository(mirror: Mirror, input: TreeAsTarInput, place: Place): AsyncGenerator<Uint8Array> {
  using pack = openCommit(mirror, input.sha, input.depth);
  const commit = readCommit(pack, input.sha);
  const { root, tally } = place;
  const common = { mtime: checkoutTime(commit), uid: input.uid ?? 0, gid: input.gid ?? 0 };
  if (!place.isFolderThere)
    yield tarHeader({ ...common, name: root, type: "directory", mode: 0o755, size: 0 });
  const { files, gitmodules } = yield* workingTree(pack, commit, root, common, tally);
  const plans = parseGitmodules(gitmodules);
  const names: string[] = [];
  for (const { path, oid, mode } of files) {
    if (mode !== modes.submodule) continue;
    const plan = plans.get(path);
    const isThere = yield* submodule(input, place, { path, sha: oid, plan });
    if (isThere && plan !== undefined) names.push(plan.name);
  }
  const history = (input.depth ?? 1) === 1 ? noHistory(commit) : readHistory(pack, commit);
  const small = gitDirFiles({ ...input, commit, history, submodules: names });
  yield* gitDir(mirror, input, small, files, `${root}.git/`, common);
}

/** Puts a submodule's repository into its folder. False: it stays empty, for a reason that is noted where people may wonder. */
async function* submodule(
  { fetchSubmodule, originUrl, uid, gid }: TreeAsTarInput,
  { root, depth, tally }: Place,
  {
    path,
    sha,
    plan,
  }: { readonly path: string; readonly sha: string; readonly plan: SubmodulePlan | undefined },
): AsyncGenerator<Uint8Array, boolean> {
  const shown = printable(path);
  const leave = (why?: string): false => {
    tally.submodules += 1;
    if (why !== undefined) tally.notes.push(`Submodule ${shown} stays an empty folder: ${why}.`);
    return false;
  };
  if (fetchSubmodule === undefined) return leave();
  if (plan === undefined) return leave("the file .gitmodules gives no URL for it");
  const url = submoduleUrl(plan.url, originUrl);
  if (url === undefined)
    return leave(`its URL is not on ${new URL(originUrl).host}, the server of its repository`);
  if (depth >= MAX_SUBMODULE_DEPTH) return leave(`it lies in ${MAX_SUBMODULE_DEPTH} others`);
  if (tally.fetched >= MAX_SUBMODULES)
    return leave(`a checkout brings along ${MAX_SUBMODULES} submodules at most`);
  tally.fetched += 1;
  const mirror = await fetchSubmodule(url, sha).catch((cause: unknown) => {
    if (!isFmgError(cause)) throw cause;
    throw new FmgError(cause.code, `The submodule ${shown} could not be fetched. ${cause.message}`, {
      cause,
    });
  });
  tally.notes.push(`Submodule ${shown}: ${url} at ${sha.slice(0, 7)}`);
  const owner = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
  const input = { sha, originUrl: url, prefix: "", fetchSubmodule, ...owner };
  yield* repository(mirror, input, { root: `${root}${path}/`, depth: depth + 1, isFolderThere: true, tally });
  return true;
}

/** The mtime of all files, a second before the commit: an index holds 32 bits, and zero would mean "unknown" to git. */
function checkoutTime(commit: Commit): number {
  return Math.min(Math.max(commit.committedAt - 1, 1), 2 ** 31 - 10);
}

async function* gitDir(
  mirror: Mirror,
  input: TreeAsTarInput,
  small: ReadonlyMap<string, string>,
  files: readonly IndexedFile[],
  root: string,
  common: CommonFields,
): AsyncGenerator<Uint8Array> {
  for (const folder of ["", ...gitDirFolders.map((name) => `${name}/`)]) {
    yield tarHeader({ ...common, name: root + folder, type: "directory", mode: 0o755, size: 0 });
  }
  for (const [name, text] of small) {
    const content = Buffer.from(text);
    yield tarHeader({ ...common, name: root + name, type: "file", mode: 0o644, size: content.length });
    yield content;
    yield tarPadding(content.length);
  }
  const index = encodeIndex(files, common.mtime);
  // Newer than the files, else git takes every entry for one that changed while the index was written.
  const indexTime = common.mtime + 1;
  yield tarHeader({
    ...common,
    mtime: indexTime,
    name: `${root}index`,
    type: "file",
    mode: 0o644,
    size: index.length,
  });
  yield index;
  yield tarPadding(index.length);
  const stored = packFiles(mirror, input.sha, input.depth);
  yield* fileMember(stored.pack, { ...common, name: `${root}objects/pack/pack-${input.sha}.pack` });
  yield* fileMember(stored.index, { ...common, name: `${root}objects/pack/pack-${input.sha}.idx` });
}

async function* fileMember(
  file: string,
  member: CommonFields & { name: string },
): AsyncGenerator<Uint8Array> {
  const { size } = await stat(file);
  yield tarHeader({ ...member, type: "file", mode: 0o444, size });
  await using handle = await open(file, "r");
  let left = size;
  while (left > 0) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(left, CHUNK_BYTES)));
    if (bytesRead === 0) throw new Error(`${file} became shorter while it was read`);
    yield buffer.subarray(0, bytesRead);
    left -= bytesRead;
  }
  yield tarPadding(size);
}

async function* inChunks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    size += piece.length;
    if (size < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting);
}
