import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** What the git checkout around a config knows; what is undefined is not known from it. */
export interface Checkout {
  readonly branch?: string | undefined;
  readonly defaultBranch?: string | undefined;
  readonly revision?: string | undefined;
  readonly repository?: Repository | undefined;
}

interface Repository {
  readonly owner: string;
  readonly name: string;
  /** As a browser opens it. */
  readonly url: string;
}

/** Reads the files of the checkout that a folder is in: no git is started, and none needs to be installed. */
export async function readCheckout(folder: string): Promise<Checkout> {
  const git = await findGitFolder(resolve(folder));
  if (git === undefined) return {};
  const head = (await read(join(git, "HEAD"))).trim();
  // In a linked worktree everything but HEAD stands in the first one's folder.
  const shared = resolve(git, (await read(join(git, "commondir"))).trim() || ".");
  const ref = /^ref: (.+)$/.exec(head)?.[1];
  const remoteHead = await read(join(shared, "refs/remotes/origin/HEAD"));
  return {
    branch: /^refs\/heads\/(.+)$/.exec(ref ?? "")?.[1],
    defaultBranch: /^ref: refs\/remotes\/origin\/(.+)$/.exec(remoteHead.trim())?.[1],
    revision: ref === undefined ? sha(head) : await revisionOf(shared, ref),
    repository: repositoryOf(await read(join(shared, "config"))),
  };
}

async function findGitFolder(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const git = join(at, ".git");
    if ((await read(join(git, "HEAD"))) !== "") return git;
    // In a linked worktree `.git` is a file that names the folder.
    const link = /^gitdir: (.+)$/m.exec(await read(git))?.[1];
    if (link !== undefined) return resolve(at, link.trim());
    if (at === dirname(at)) return undefined;
  }
}

async function revisionOf(git: string, ref: string): Promise<string | undefined> {
  const loose = sha((await read(join(git, ref))).trim());
  if (loose !== undefined) return loose;
  const packed = (await read(join(git, "packed-refs"))).split("\n");
  return sha(packed.find((line) => line.endsWith(` ${ref}`))?.slice(0, 40) ?? "");
}

function sha(text: string): string | undefined {
  return /^[0-9a-f]{40}$/.test(text) ? text : undefined;
}

/** Of `git@github.com:o/n.git`, `ssh://git@github.com/o/n` and `https://github.com/o/n.git`. */
function repositoryOf(config: string): Repository | undefined {
  const section = /^\[remote "origin"\]\n((?:[ \t].*\n?)*)/m.exec(config)?.[1] ?? "";
  const remote = /^\s*url\s*=\s*(\S+)\s*$/m.exec(section)?.[1] ?? "";
  const parts = /^(?:\w+:\/\/)?(?:[^@/]*@)?([^/:]+)(?::\d+)?[:/]([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(remote);
  if (parts === null) return undefined;
  const [, host, owner, name] = parts as unknown as readonly [string, string, string, string];
  return { owner, name, url: `https://${host}/${owner}/${name}` };
}

async function read(file: string): Promise<string> {
  // Not there, or no file: then it says nothing.
  return readFile(file, "utf8").catch(() => "");
}
