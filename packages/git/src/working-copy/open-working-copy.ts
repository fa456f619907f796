import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Mirror } from "../mirror.ts";
import { treeAsTar, type LeftOut } from "../checkout/tree-as-tar.ts";
import { commitFolder } from "./commit-folder.ts";
import { commitRepository } from "./commit-repository.ts";

export interface WorkingCopyInput {
  /** The root of a git repository's working tree, or a folder that is in none. */
  readonly root: string;
  /** An empty folder of ours, for the objects; whoever made it removes it. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/** A folder as it is now, as a commit: nothing of the user's repository is changed by that. */
export interface WorkingCopy {
  /** The checked out commit where nothing differs from it, else one on top of it that no repository has. */
  readonly sha: string;
  /** The checked out commit; undefined: there is none. */
  readonly head: string | undefined;
  readonly subject: string;
  /** A commit's tree as `treeAsTar` gives it, with so many commits of history; 0: all. */
  asTar(input: CopyAsTarInput): AsyncIterable<Uint8Array>;
}

export interface CopyAsTarInput {
  readonly depth: number;
  readonly prefix: string;
  readonly uid: number;
  readonly gid: number;
  readonly branch?: string;
  readonly tag?: string;
  /** Empty: there is no `origin`. */
  readonly originUrl: string;
  readonly onTree?: (left: LeftOut) => void;
}

/** A commit of a working copy, and how the pack of one more depth comes into the mirror. */
export interface CommittedCopy extends Pick<WorkingCopy, "sha" | "head" | "subject"> {
  readonly mirror: Mirror;
  bring(depth: number): Promise<void>;
}

/**
 * Takes the state of a folder: all tracked files as they lie there, and the untracked ones that are not ignored. Later changes in
 * the folder change nothing here. Throws `clone_failed`.
 */
export async function openWorkingCopy(input: WorkingCopyInput): Promise<WorkingCopy> {
  const mirror = { dir: join(input.scratch, "mirror") };
  await mkdir(join(mirror.dir, "objects", "pack"), { recursive: true });
  const isRepository = await stat(join(input.root, ".git")).then(
    () => true,
    () => false,
  );
  const commit = await (isRepository ? commitRepository : commitFolder)(input, mirror);
  /** Jobs that want the same depth at the same time share one pack. */
  const brought = new Map<number, Promise<void>>();
  return {
    sha: commit.sha,
    head: commit.head,
    subject: commit.subject,
    async *asTar({ depth, ...rest }) {
      const there = brought.get(depth) ?? commit.bring(depth);
      brought.set(depth, there);
      await there;
      yield* treeAsTar(mirror, { ...rest, sha: commit.sha, depth });
    },
  };
}
