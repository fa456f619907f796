import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

export interface PruneInput {
  /** The folder of all mirrors. */
  readonly mirrorsDir: string;
  /** What all fetched commits together may take. */
  readonly maxBytes: number;
  /** What a killed fetch left behind is removed when it is older than this. */
  readonly staleMs: number;
  readonly now: number;
}

/** Notes that a fetched commit was used, so that it is kept longer than others. */
export async function touchPack(index: string, now: Date): Promise<void> {
  // Gone meanwhile: the next use fetches it again.
  await utimes(index, now, now).catch(() => undefined);
}

/**
 * Removes the fetched commits that were not used for longest, until all of them fit; a commit that is asked for again is
 * fetched again. Returns how many were removed. Safe beside fetches and readers: a reader keeps its open files.
 */
export async function pruneMirrors(input: PruneInput): Promise<number> {
  const commits: FetchedCommit[] = [];
  for (const name of await namesIn(input.mirrorsDir)) {
    const folder = join(input.mirrorsDir, name, "objects", "pack");
    for (const file of await namesIn(folder)) {
      if (file.endsWith(".idx"))
        commits.push(await fetchedCommit(join(folder, file.slice(0, -".idx".length))));
      else if (!file.endsWith(".pack")) await removeIfStale(join(folder, file), input);
    }
  }
  let total = commits.reduce((sum, { bytes }) => sum + bytes, 0);
  let removed = 0;
  for (const commit of commits.sort((a, b) => a.usedAt - b.usedAt)) {
    if (total <= input.maxBytes) break;
    // The index first: its presence is the commit's.
    await rm(`${commit.base}.idx`, { force: true });
    await rm(`${commit.base}.pack`, { force: true });
    total -= commit.bytes;
    removed += 1;
  }
  return removed;
}

interface FetchedCommit {
  /** Path of both files without their endings. */
  readonly base: string;
  readonly bytes: number;
  readonly usedAt: number;
}

async function fetchedCommit(base: string): Promise<FetchedCommit> {
  const [index, pack] = await Promise.all([sizeOf(`${base}.idx`), sizeOf(`${base}.pack`)]);
  return { base, bytes: index.size + pack.size, usedAt: index.mtimeMs };
}

async function sizeOf(file: string): Promise<{ size: number; mtimeMs: number }> {
  return stat(file).catch(() => ({ size: 0, mtimeMs: 0 }));
}

async function removeIfStale(file: string, { staleMs, now }: PruneInput): Promise<void> {
  const { mtimeMs } = await sizeOf(file);
  if (now - mtimeMs > staleMs) await rm(file, { force: true });
}

async function namesIn(folder: string): Promise<string[]> {
  // A folder that is not there has nothing to prune.
  return readdir(folder).catch(() => []);
}
