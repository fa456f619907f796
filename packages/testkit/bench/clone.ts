import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { fetchCommit, treeAsTar } from "@fmg/git";
import { startGitServer } from "@fmg/git/testing";
import { mediansInTurn, type Finding } from "./measure.ts";

const ROUNDS = 5;
/** Held in memory, so that the disk is not what is measured. */
const FOLDER = "/dev/shm";

/** P13: fetching a commit and unfolding its tree, against `git clone --depth 1` from the same server. */
export async function benchmarkClone(): Promise<readonly Finding[]> {
  return [...(await cloneOf(5_000, 1.5)), ...(await cloneOf(30_000, 2))];
}

async function cloneOf(files: number, atMost: number): Promise<readonly Finding[]> {
  const server = await startGitServer();
  const folder = await mkdtemp(join(FOLDER, "fmg-bench-"));
  let round = 0;
  try {
    const repository = `octo/files-${files}`;
    const sha = await server.commit(repository, { files: manyFiles(files) });
    const url = server.cloneUrl(repository);
    const times = await mediansInTurn(
      [
        { name: "fmg", run: () => unfold({ url, sha, folder: join(folder, `fmg-${++round}`) }) },
        { name: "git", run: () => nativeClone(url, join(folder, `git-${++round}`)) },
      ],
      ROUNDS,
    );
    const [measured, floor] = [times.get("fmg")!, times.get("git")!];
    return [
      { goal: "P13", what: `clone of ${files} files, to the last byte`, measured, floor, unit: "ms", atMost },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
    await server.close();
  }
}

function manyFiles(count: number): Record<string, string> {
  const entries = Array.from({ length: count }, (_, at): [string, string] => [
    `src/module-${at % 100}/part-${at % 7}/file-${at}.ts`,
    `export const value${at} = ${at};\n`.repeat(20),
  ]);
  return Object.fromEntries(entries);
}

/** A fresh mirror, and the tree as files: what a checkout into an empty container writes. */
async function unfold(input: { url: string; sha: string; folder: string }): Promise<void> {
  const mirror = await fetchCommit({
    mirrorsDir: join(input.folder, "mirrors"),
    url: input.url,
    sha: input.sha,
    signal: AbortSignal.timeout(60_000),
  });
  const target = join(input.folder, "tree");
  await promisify(execFile)("mkdir", ["-p", target]);
  const tar = execFile("tar", ["-x", "-C", target]);
  const ended = new Promise<void>((resolve, reject) => {
    tar
      .on("error", reject)
      .on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`tar: ${code}`))));
  });
  const { sha } = input;
  for await (const chunk of treeAsTar(mirror, { sha, branch: "main", originUrl: input.url, prefix: "" }))
    if (!tar.stdin!.write(chunk)) await new Promise((resolve) => tar.stdin!.once("drain", resolve));
  tar.stdin!.end();
  await ended;
}

async function nativeClone(url: string, folder: string): Promise<void> {
  await promisify(execFile)("git", ["clone", "--quiet", "--depth", "1", url, folder]);
}
