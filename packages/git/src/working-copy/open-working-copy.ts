import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { treeAsTar, type LeftOut } from "../checkout/tree-as-tar.ts";
import { commitFolder } from "./commit-folder.ts";
import { commitFolderByGit, commitRepository } from "./commit-repository.ts";
import { hasNativeGit } from "./native-git.ts";
import type { CommittedCopy, WorkingCopyInput } from "./committed-copy.ts";

export type { WorkingCopyInput };

/** A folder as it is now, as a commit: nothing of the user's repository is changed by that. */
export interface WorkingCopy extends Pick<CommittedCopy, "sha" | "head" | "subject"> {
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
  const commit = await (isRepository ? commitRepository : await folderCommitter())(input, mirror);
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

/** A git is ten times as fast; without one it goes as well. */
async function folderCommitter(): Promise<typeof commitFolder> {
  return (await hasNativeGit()) ? commitFolderByGit : commitFolder;
}
