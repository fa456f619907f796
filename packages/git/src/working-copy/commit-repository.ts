import { copyFile, rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { packFiles, type Mirror } from "../mirror.ts";
import { openNativeGit, type NativeGit } from "./native-git.ts";
import type { CommittedCopy, WorkingCopyInput } from "./committed-copy.ts";

const localSubject = "Local changes";
const folderSubject = "A folder without a repository";

/** The same content gives the same commit, so that whatever is keyed by the revision is found again. */
const identity = { name: "fmg run", email: "fmg@localhost" };
const withoutHead = "@946684800 +0000";

/**
 * Commits the working tree of a repository, with an index and a folder for new objects of our own: the user's are only read.
 * Files in Git LFS come as they lie there.
 */
export async function commitRepository(
  { root, scratch, signal }: WorkingCopyInput,
  mirror: Mirror,
): Promise<CommittedCopy> {
  const asUser = openNativeGit(root, {}, signal);
  const [objects = "", index = ""] = lines(
    await asUser(["rev-parse", "--git-path", "objects", "--git-path", "index"]),
  );
  const ownIndex = join(scratch, "index");
  // A repository without a commit and without `git add` has none.
  await copyFile(resolve(root, index), ownIndex).catch(() => undefined);
  const git = openNativeGit(
    root,
    {
      GIT_INDEX_FILE: ownIndex,
      GIT_OBJECT_DIRECTORY: join(mirror.dir, "objects"),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: resolve(root, objects),
    },
    signal,
  );
  await git([...asTheyLie, "add", "--all"]);
  const tree = oneLine(await git(["write-tree"]));
  const head = await headOf(git);
  const sha = head?.tree === tree ? head.sha : await commitTree(git, tree, localSubject, head);
  return {
    sha,
    head: head?.sha,
    subject: sha === head?.sha ? head.subject : localSubject,
    mirror,
    bring: (depth) => packCommit(git, mirror, sha, depth),
  };
}

/** Commits a folder that is in no repository, in a repository of our own whose working tree it is. */
export async function commitFolderByGit(
  { root, scratch, signal }: WorkingCopyInput,
  mirror: Mirror,
): Promise<CommittedCopy> {
  const places = { GIT_DIR: join(scratch, "git"), GIT_OBJECT_DIRECTORY: join(mirror.dir, "objects") };
  const git = openNativeGit(root, { ...places, GIT_WORK_TREE: root }, signal);
  await git(["init", "-q"]);
  // Without a git, nobody would know what the user ignores everywhere.
  await git([...asTheyLie, "-c", "core.excludesFile=/dev/null", "add", "--all"]);
  const sha = await commitTree(git, oneLine(await git(["write-tree"])), folderSubject);
  return {
    sha,
    head: undefined,
    subject: folderSubject,
    mirror,
    bring: (depth) => packCommit(git, mirror, sha, depth),
  };
}

const asTheyLie = [
  "core.autocrlf=false",
  "core.safecrlf=false",
  "advice.addEmbeddedRepo=false",
  "filter.lfs.clean=",
  "filter.lfs.process=",
  "filter.lfs.required=false",
].flatMap((setting) => ["-c", setting]);

interface Head {
  readonly sha: string;
  readonly tree: string;
  readonly committedAt: string;
  readonly subject: string;
}

async function headOf(git: NativeGit): Promise<Head | undefined> {
  const found = await git(["log", "-1", "--format=%H%n%T%n%ct%n%s"]).catch(() => undefined);
  if (found === undefined) return undefined;
  const [sha = "", tree = "", committedAt = "", subject = ""] = lines(found);
  return { sha, tree, committedAt, subject };
}

async function commitTree(git: NativeGit, tree: string, subject: string, head?: Head): Promise<string> {
  const { name, email } = identity;
  const date = head === undefined ? withoutHead : `@${head.committedAt} +0000`;
  const who = `${name} <${email}> ${date.slice(1)}`;
  const parent = head === undefined ? "" : `parent ${head.sha}\n`;
  const commit = `tree ${tree}\n${parent}author ${who}\ncommitter ${who}\n\n${subject}\n`;
  return oneLine(await git(["hash-object", "-t", "commit", "-w", "--stdin"], { input: Buffer.from(commit) }));
}

async function packCommit(git: NativeGit, mirror: Mirror, sha: string, depth: number): Promise<void> {
  const commits = depth === 0 ? [] : [`--max-count=${depth}`];
  const objects = await git(["rev-list", "--objects", ...commits, sha]);
  const base = join(mirror.dir, "objects", "pack", `tmp-${depth}`);
  const name = oneLine(await git(["pack-objects", "-q", base], { input: objects }));
  const files = packFiles(mirror, sha, depth);
  await rename(`${base}-${name}.pack`, files.pack);
  await rename(`${base}-${name}.idx`, files.index);
}

function lines(output: Buffer): string[] {
  return output.toString().split("\n");
}

function oneLine(output: Buffer): string {
  return output.toString().trim();
}
