import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { nearestCache, type BuildJobPlan } from "@fmg/core";
import type { CacheStore, KeyPart } from "@fmg/runner";
import type { BlobStore } from "@fmg/storage";
import { createState, fileNameOf, readState, readStates, removeState } from "./state-file.ts";

/** A cache of a project, in a file of its own: two runs at once disturb each other in nothing. */
export interface KeptCache {
  readonly key: string;
  readonly parts: readonly KeyPart[];
  readonly digest: string;
  readonly sizeBytes: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** CircleCI's default and maximum; a job's `retention` lowers it. (R-CACHE-10) */
const CACHE_DAYS = 15;
const DAY_MS = 24 * 3_600_000;

export interface CacheFolder {
  readonly folder: string;
  readonly blobs: BlobStore;
}

/** The caches of a project on this machine. They belong to the folder, whatever branch is checked out. */
export function openCacheStore(
  { folder, blobs }: CacheFolder,
  { cacheRetentionDays = CACHE_DAYS }: Pick<BuildJobPlan, "cacheRetentionDays">,
): CacheStore {
  const days = Math.min(CACHE_DAYS, cacheRetentionDays);
  const newestFirst = async (): Promise<readonly { file: string; state: KeptCache }[]> => {
    const kept = await readCaches(folder);
    return kept
      .filter(({ state }) => state.expiresAt > Date.now())
      .toSorted((a, b) => b.state.createdAt - a.state.createdAt);
  };
  const fileOf = (key: string): string => join(folder, fileNameOf(key));
  const has = async (key: string): Promise<boolean> =>
    (((await readState(fileOf(key))) as KeptCache | undefined)?.expiresAt ?? 0) > Date.now();
  return {
    has,
    async find(prefix) {
      for (const { file, state } of await newestFirst()) {
        if (!state.key.startsWith(prefix)) continue;
        if ((await blobs.verify(state.digest)) !== "intact") {
          await removeState(file);
          continue;
        }
        const now = new Date();
        // When it was used last says which ones go first.
        await utimes(file, now, now).catch(() => undefined);
        const { key, createdAt, sizeBytes, digest } = state;
        return { key, createdAt, sizeBytes, read: () => blobs.read(digest) };
      }
      return undefined;
    },
    async save(key, parts, archive) {
      const { digest, sizeBytes } = await blobs.put(archive);
      if (await has(key)) return { outcome: "exists", sizeBytes };
      // What stands there is over its time.
      await removeState(fileOf(key));
      const createdAt = Date.now();
      const expiresAt = createdAt + days * DAY_MS;
      const cache: KeptCache = { key, parts, digest, sizeBytes, createdAt, expiresAt };
      const outcome = (await createState(fileOf(key), cache)) === "created" ? "saved" : "exists";
      return { outcome, sizeBytes };
    },
    nearest: async (key) =>
      nearestCache(
        (await newestFirst()).map(({ state }) => state),
        key,
      ),
  };
}

/** The caches of a folder, each with its file. */
export async function readCaches(
  folder: string,
): Promise<readonly { readonly file: string; readonly state: KeptCache }[]> {
  return (await readStates(folder)).map(({ file, state }) => ({ file, state: state as KeptCache }));
}
