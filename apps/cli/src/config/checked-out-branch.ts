import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** The branch that is checked out where a folder is; undefined outside of a repository and on a detached head. */
export async function checkedOutBranch(folder: string): Promise<string | undefined> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const head = (await read(join(at, ".git", "HEAD"))) ?? (await headOfWorktree(at));
    if (head !== undefined) return /^ref: refs\/heads\/(.+)$/.exec(head.trim())?.[1];
    if (at === dirname(at)) return undefined;
  }
}

/** In a linked worktree `.git` is a file that names the folder. */
async function headOfWorktree(folder: string): Promise<string | undefined> {
  const link = /^gitdir: (.+)$/m.exec((await read(join(folder, ".git"))) ?? "")?.[1];
  return link === undefined ? undefined : read(join(resolve(folder, link.trim()), "HEAD"));
}

async function read(file: string): Promise<string | undefined> {
  // Not there, or no file: then the branch is not known from it.
  return readFile(file, "utf8").catch(() => undefined);
}
