import type { Pack } from "./pack/open-pack.ts";

/** One entry of a tree. Names and paths are bytes written as latin1, for git's names need not be UTF-8. */
export interface TreeEntry {
  readonly kind: "file" | "executable" | "symlink" | "directory" | "submodule";
  readonly name: string;
  readonly oid: string;
}

/** A name or a shape that git would not make and that could write outside the checkout. (SEC-12) */
export class UnsafeTree extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnsafeTree";
  }
}

const kindsByMode: Readonly<Record<string, TreeEntry["kind"]>> = {
  "40000": "directory",
  "040000": "directory",
  "100644": "file",
  "100664": "file",
  "100755": "executable",
  "120000": "symlink",
  "160000": "submodule",
};

/** What is known of a commit without its tree. */
export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** Seconds since the epoch. */
  readonly committedAt: number;
}

const MAX_TAGS_OF_TAGS = 10;

/** Reads a commit; an annotated tag's name is followed to its commit. */
export function readCommit(pack: Pack, sha: string): Commit {
  let oid = sha;
  for (let i = 0; i < MAX_TAGS_OF_TAGS; i += 1) {
    const { kind, data } = pack.read(oid);
    const text = data.toString("latin1");
    if (kind === "commit") return parseCommit(oid, text.slice(0, text.indexOf("\n\n") + 1));
    const target = /^object ([0-9a-f]{40})\n/.exec(text)?.[1];
    if (kind !== "tag" || target === undefined) break;
    oid = target;
  }
  throw new Error(`${sha} is not a commit`);
}

function parseCommit(sha: string, header: string): Commit {
  const tree = /^tree ([0-9a-f]{40})$/m.exec(header)?.[1];
  if (tree === undefined) throw new Error(`the commit ${sha} has no tree`);
  const committedAt = Number(/^committer .* (-?\d+) [-+]\d+$/m.exec(header)?.[1] ?? 0);
  return {
    sha,
    tree,
    parents: [...header.matchAll(/^parent ([0-9a-f]{40})$/gm)].map(([, parent]) => parent!),
    committedAt,
  };
}

/** The entries of one tree, checked: each name is one harmless path component and stands there once. */
export function readTree(pack: Pack, oid: string): TreeEntry[] {
  const { kind, data } = pack.read(oid);
  if (kind !== "tree") throw new Error(`${oid} is not a tree`);
  const entries: TreeEntry[] = [];
  const names = new Set<string>();
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const end = data.indexOf(0, space);
    if (space < 0 || end < 0 || end + 21 > data.length) throw new UnsafeTree(`the tree ${oid} is damaged`);
    const mode = data.toString("latin1", at, space);
    const name = data.toString("latin1", space + 1, end);
    const entryKind = kindsByMode[mode];
    if (entryKind === undefined) throw new UnsafeTree(`${printable(name)} has the unknown mode ${mode}`);
    checkName(name);
    // A symlink and a folder of one name would let the folder's files be written where the symlink points.
    if (names.has(name)) throw new UnsafeTree(`${printable(name)} stands twice in one folder`);
    names.add(name);
    entries.push({ kind: entryKind, name, oid: data.toString("hex", end + 1, end + 21) });
    at = end + 21;
  }
  return entries;
}

function checkName(name: string): void {
  if (name === "" || name === "." || name === ".." || name.includes("/")) {
    throw new UnsafeTree(`a file is named "${printable(name)}"`);
  }
  if (isDotGit(name)) throw new UnsafeTree(`a file is named "${printable(name)}", which could replace .git`);
}

/** The code points that macOS ignores in file names. */
const ignoredByHfs = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** Whether some file system takes the name for `.git`: case, Windows' short names and streams, macOS' ignored characters. */
function isDotGit(name: string): boolean {
  const text = Buffer.from(name, "latin1").toString("utf8").replace(ignoredByHfs, "").toLowerCase();
  const onWindows = text.split(":", 1)[0]!.replace(/[. ]+$/, "");
  return onWindows === ".git" || onWindows === "git~1";
}

/** A name for messages: as UTF-8, without control characters, cut to a readable length. */
export function printable(name: string): string {
  const text = Buffer.from(name, "latin1").toString("utf8");
  return text.replace(/\p{Cc}/gu, "?").slice(0, 100);
}
