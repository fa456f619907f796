import { stat } from "node:fs/promises";
import type { BlobStore } from "@fmg/storage";
import { readCaches } from "./cache-store.ts";
import { readEarlierResults } from "./earlier-results.ts";
import { removeState } from "./state-file.ts";

/** Another run may have stored a blob, and not yet the file that names it. */
const UNNAMED_FOR_MS = 24 * 3_600_000;

export interface SweptState {
  readonly cacheFolder: string;
  readonly resultFolder: string;
  readonly blobs: BlobStore;
  readonly maxBytes: number;
}

/** Forgets caches over their time, then the least recently used until the rest fits, and the blobs that nothing names. */
export async function sweepState(
  { cacheFolder, resultFolder, blobs, maxBytes }: SweptState,
  now: number,
): Promise<void> {
  const caches = await Promise.all(
    (await readCaches(cacheFolder)).map(async ({ file, state }) => {
      const usedAt = (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
      return { file, state, usedAt };
    }),
  );
  const named = new Set<string>();
  let left = maxBytes;
  for (const { file, state } of caches.toSorted((a, b) => b.usedAt - a.usedAt)) {
    left -= state.sizeBytes;
    if (state.expiresAt <= now || left < 0) await removeState(file);
    else named.add(state.digest);
  }
  for (const { layers } of (await readEarlierResults(resultFolder)).values()) {
    for (const { digest } of layers) named.add(digest);
  }
  for await (const { digest, modifiedAt } of blobs.list()) {
    if (!named.has(digest) && now - modifiedAt > UNNAMED_FOR_MS) await blobs.remove(digest);
  }
}
