import { writeFile } from "node:fs/promises";
import fs from "node:fs";
import { join } from "node:path";
import git from "isomorphic-git";
import { packFiles, type Mirror } from "../mirror.ts";
import { indexPack } from "../pack/index-pack.ts";
import { encodePackIndex } from "../pack/pack-index.ts";
import type { CommittedCopy, WorkingCopyInput } from "./committed-copy.ts";

const subject = "A folder without a repository";
const author = { name: "fmg run", email: "fmg@localhost", timestamp: 946_684_800, timezoneOffset: 0 };

/** Commits all files of a folder that is in no repository, without a git: none need be installed. A `.gitignore` counts. */
export async function commitFolder(
  { root, scratch, signal }: WorkingCopyInput,
  mirror: Mirror,
): Promise<CommittedCopy> {
  const repository = { fs, dir: root, gitdir: join(scratch, "git"), cache: {} };
  await git.init({ ...repository, defaultBranch: "main" });
  await git.add({ ...repository, filepath: "." });
  signal.throwIfAborted();
  const sha = await git.commit({ ...repository, message: `${subject}\n`, author });
  const oids = await objectsOf(repository, sha);
  return {
    sha,
    head: undefined,
    subject,
    mirror,
    async bring(depth) {
      const { packfile } = await git.packObjects({ ...repository, oids, write: false });
      const pack = Buffer.from(packfile!);
      const files = packFiles(mirror, sha, depth);
      await writeFile(files.pack, pack);
      await writeFile(files.index, encodePackIndex(await indexPack(pack), pack.subarray(-20)));
    },
  };
}

/** The commit, its trees and its files. */
async function objectsOf(repository: Parameters<typeof git.log>[0], sha: string): Promise<string[]> {
  const { commit } = await git.readCommit({ ...repository, oid: sha });
  const found = new Set([sha, commit.tree]);
  const trees = [commit.tree];
  for (let oid = trees.pop(); oid !== undefined; oid = trees.pop()) {
    const { tree } = await git.readTree({ ...repository, oid });
    for (const entry of tree) {
      if (entry.type === "tree" && !found.has(entry.oid)) trees.push(entry.oid);
      found.add(entry.oid);
    }
  }
  return [...found];
}
