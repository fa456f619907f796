import { createBreather } from "../breathe.ts";
import type { Pack } from "../pack/open-pack.ts";
import { readTree, UnsafeTree, type Commit, type TreeEntry } from "../tree.ts";
import type { IndexedFile } from "./git-dir.ts";
import { tarHeader, tarPadding, type TarMember } from "./tar.ts";

/** Bounds on what a small pack can unfold to: one tree may stand in many places. (SEC-12) */
const MAX_ENTRIES = 1_000_000;
const MAX_DEPTH = 1000;
const MAX_PATH_BYTES = 4096;
const MAX_TREE_BYTES = 20 * 2 ** 30;
const MAX_GITMODULES_BYTES = 2 ** 20;

/** What all members of a checkout have in common. */
export type CommonFields = Pick<TarMember, "mtime" | "uid" | "gid">;

/** Counted over all repositories of a checkout. */
export interface WorkingTreeTally {
  bytes: number;
  lfsPointers: number;
}

export const modes = {
  file: 0o100644,
  executable: 0o100755,
  symlink: 0o120000,
  submodule: 0o160000,
} as const;

const SMALL_FILE_BYTES = 64 * 1024;

/**
 * The files of a commit as members of a tar, folders before what is in them and submodules as empty folders. Returns what the index
 * has to list, and the text of `.gitmodules`.
 */
export async function* workingTree(
  pack: Pack,
  commit: Commit,
  root: string,
  common: CommonFields,
  tally: WorkingTreeTally,
): AsyncGenerator<Uint8Array, { files: IndexedFile[]; gitmodules: string }> {
  const breathe = createBreather();
  const files: IndexedFile[] = [];
  let gitmodules = "";
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
    tally.bytes += data.length;
    if (isLfsPointer(data)) tally.lfsPointers += 1;
    if (path === ".gitmodules" && entry.kind !== "symlink" && data.length <= MAX_GITMODULES_BYTES)
      gitmodules = data.toString("latin1");
    if (tally.bytes > MAX_TREE_BYTES)
      throw new UnsafeTree(`its files are larger than ${MAX_TREE_BYTES} bytes`);
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
    const header = tarHeader({ ...common, name, type: "file", mode, size: data.length });
    const pieces = [header, data, tarPadding(data.length)];
    // In one piece: three turns through the generators cost more than the copy of a small file.
    if (data.length < SMALL_FILE_BYTES) yield Buffer.concat(pieces);
    else yield* pieces;
  }
  return { files, gitmodules };
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
