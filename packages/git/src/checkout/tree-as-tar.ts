import { open, stat } from "node:fs/promises";
import { FmgError, isFmgError } from "@fmg/core";
import { createBreather } from "../breathe.ts";
import { openCommit, packFiles, type Mirror } from "../mirror.ts";
import type { Pack } from "../pack/open-pack.ts";
import { readCommit, readTree, UnsafeTree, type Commit, type TreeEntry } from "../tree.ts";
import { noHistory, readHistory } from "./history.ts";
import { encodeIndex, gitDirFiles, gitDirFolders, type IndexedFile } from "./git-dir.ts";
import { tarEnd, tarHeader, tarPadding, type TarMember } from "./tar.ts";

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
  /** Told once the working tree is written. */
  readonly onTree?: (left: LeftOut) => void;
}

/** What a checkout does not bring along: how many submodules are empty folders, and how many files stand for others in Git LFS. */
export interface LeftOut {
  readonly submodules: number;
  readonly lfsPointers: number;
}

/** Bounds on what a small pack can unfold to: one tree may stand in many places. (SEC-12) */
const MAX_ENTRIES = 1_000_000;
const MAX_DEPTH = 1000;
const MAX_PATH_BYTES = 4096;
const MAX_TREE_BYTES = 20 * 2 ** 30;

/** Small pieces are joined to chunks of about this size: a write for each header would cost more than the bytes. */
const CHUNK_BYTES = 64 * 1024;

/**
 * A commit's working tree with a usable `.git`, as a tar: the commit's pack, refs, config and an index that makes
 * `git status` clean. All mtimes come from the commit's time, so that the same commit always gives the same bytes. Submodules
 * are empty folders. Nothing is read or written through the mirror's file system but the pack. Throws `clone_failed`
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
  using pack = openCommit(mirror, input.sha, input.depth);
  const commit = readCommit(pack, input.sha);
  const root =
    input.prefix === "" ? "" : `${Buffer.from(input.prefix).toString("latin1").replace(/\/+$/, "")}/`;
  const common = { mtime: checkoutTime(commit), uid: input.uid ?? 0, gid: input.gid ?? 0 };
  if (root !== "") yield tarHeader({ ...common, name: root, type: "directory", mode: 0o755, size: 0 });
  const { files, lfsPointers } = yield* workingTree(pack, commit, root, common);
  const submodules = files.filter(({ mode }) => mode === modes.submodule).length;
  input.onTree?.({ submodules, lfsPointers });
  const history = (input.depth ?? 1) === 1 ? noHistory(commit) : readHistory(pack, commit);
  const small = gitDirFiles({ ...input, commit, history });
  yield* gitDir(mirror, input, small, files, `${root}.git/`, common);
  yield tarEnd;
}

type CommonFields = Pick<TarMember, "mtime" | "uid" | "gid">;

/** The mtime of all files, a second before the commit: an index holds 32 bits, and zero would mean "unknown" to git. */
function checkoutTime(commit: Commit): number {
  return Math.min(Math.max(commit.committedAt - 1, 1), 2 ** 31 - 10);
}

const modes = { file: 0o100644, executable: 0o100755, symlink: 0o120000, submodule: 0o160000 } as const;

async function* workingTree(
  pack: Pack,
  commit: Commit,
  root: string,
  common: CommonFields,
): AsyncGenerator<Uint8Array, { files: IndexedFile[]; lfsPointers: number }> {
  const breathe = createBreather();
  const files: IndexedFile[] = [];
  let bytes = 0;
  let lfsPointers = 0;
  for (const { path, entry } of walk(pack, commit.tree)) {
    await breathe();
    const name = `${root}${path}`;
    if (entry.kind === "directory" || entry.kind === "submodule") {
      yield tarHeader({ ...common, name: `${name}/`, type: "directory", mode: 0o755, size: 0 });
      if (entry.kind === "submodule") files.push({ path, mode: modes.submodule, oid: entry.oid, size: 0 });
      continue;
    }
    const { kind, data } = pack.read(entry.oid);
    if (kind !== "blob") throw new Error(`${entry.oid} is not a file's content`);
    files.push({ path, mode: modes[entry.kind], oid: entry.oid, size: data.length });
    bytes += data.length;
    if (isLfsPointer(data)) lfsPointers += 1;
    if (bytes > MAX_TREE_BYTES) throw new UnsafeTree(`its files are larger than ${MAX_TREE_BYTES} bytes`);
    if (entry.kind === "symlink") {
      yield tarHeader({
        ...common,
        name,
        type: "symlink",
        mode: 0o777,
        size: 0,
        target: symlinkTarget(data),
      });
      continue;
    }
    const mode = entry.kind === "executable" ? 0o755 : 0o644;
    yield tarHeader({ ...common, name, type: "file", mode, size: data.length });
    yield data;
    yield tarPadding(data.length);
  }
  return { files, lfsPointers };
}

const lfsVersion = "version https://git-lfs.github.com/spec/v1\n";

function isLfsPointer(data: Buffer): boolean {
  return (
    data.length < 1024 &&
    data.length > lfsVersion.length &&
    data.toString("latin1", 0, lfsVersion.length) === lfsVersion
  );
}

function symlinkTarget(data: Buffer): string {
  const target = data.toString("latin1");
  if (target === "" || target.includes("\0") || target.length > MAX_PATH_BYTES) {
    throw new UnsafeTree("a symlink has no proper target");
  }
  return target;
}

/** All entries below a tree, folders before what is in them. */
function* walk(pack: Pack, root: string): Generator<{ path: string; entry: TreeEntry }> {
  const trees = loadTrees(pack, root);
  const folders = [{ prefix: "", entries: trees.get(root)!.values() }];
  for (let folder = folders.at(-1); folder !== undefined; folder = folders.at(-1)) {
    const next = folder.entries.next();
    if (next.done === true) {
      folders.pop();
      continue;
    }
    const path = folder.prefix + next.value.name;
    if (path.length > MAX_PATH_BYTES)
      throw new UnsafeTree(`it has a path of more than ${MAX_PATH_BYTES} bytes`);
    yield { path, entry: next.value };
    if (next.value.kind === "directory") {
      folders.push({ prefix: `${path}/`, entries: trees.get(next.value.oid)!.values() });
    }
  }
}

/** Reads each tree once and counts what they unfold to, so that a bomb is refused before a byte of it is written. */
function loadTrees(pack: Pack, root: string): ReadonlyMap<string, TreeEntry[]> {
  const trees = new Map<string, TreeEntry[]>();
  const counts = new Map<string, number>();
  const count = (oid: string, depth: number): number => {
    const known = counts.get(oid);
    if (known !== undefined) return known;
    if (depth > MAX_DEPTH) throw new UnsafeTree(`its folders are more than ${MAX_DEPTH} deep`);
    const entries = readTree(pack, oid);
    trees.set(oid, entries);
    let total = entries.length;
    for (const { kind, oid: child } of entries) if (kind === "directory") total += count(child, depth + 1);
    if (total > MAX_ENTRIES) throw new UnsafeTree(`it has more than ${MAX_ENTRIES} files`);
    counts.set(oid, total);
    return total;
  };
  count(root, 0);
  return trees;
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
