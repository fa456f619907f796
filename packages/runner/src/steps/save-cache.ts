import { posix } from "node:path";

import type { SaveCacheStepPlan } from "@fmg/core";
import type { Header } from "tar-stream";

import { compressed } from "../archive/compress.ts";
import { repackTars, type TarSource } from "../archive/repack-tars.ts";
import { formatBytes, openTransfer } from "../archive/transfer.ts";
import { renderCacheKey } from "./cache-key.ts";
import type { OwnStep, OwnStepContext } from "./own-step.ts";
import { placePath } from "./place-path.ts";

/** Saves paths under a key, unless the key is taken. The engine reads them: the image needs no tool. (R-CACHE-3, R-CACHE-6) */
export function saveCache(step: SaveCacheStepPlan): OwnStep {
  return {
    probe: { script: "", args: [], program: [] },
    async carryOut(context) {
      const { say, attempt } = context;
      const { caches } = attempt.input.stores;
      const key = await renderCacheKey(context, step.key);
      if (await caches.has(key.text)) {
        await say(`Skipping cache generation, cache already exists for key: ${key.text}`);
        return;
      }
      const found = await findPaths(context, step.paths);
      if (found.length === 0) {
        await say("None of the paths exists: no cache is saved.");
        return;
      }
      await say(`Creating cache archive of ${found.join(", ")}`);
      const transfer = openTransfer("Reading", say);
      const archive = compressed(transfer.watch(repackTars(sourcesOf(context, found))));
      const { outcome, sizeBytes } = await caches.save(key.text, key.parts, archive);
      await say(
        outcome === "exists"
          ? `Another job saved the key ${key.text} first; its cache stays.`
          : `Stored cache to ${key.text}: ${transfer.summary()}, ${formatBytes(sizeBytes)} stored`,
      );
    },
  };
}

/** Those of the paths that exist, absolute; the others are told. */
async function findPaths(context: OwnStepContext, paths: readonly string[]): Promise<string[]> {
  const { attempt, place, signal, say } = context;
  const found: string[] = [];
  for (const path of paths) {
    const absolute = placePath(place, path);
    const tar = await attempt.engine.getArchive(attempt.name, absolute, signal);
    if (tar === undefined) await say(`Warning: ${absolute} does not exist, and is left out.`);
    else {
      found.push(absolute);
      await leave(tar);
    }
  }
  return found;
}

/** Only whether it is there was asked. */
async function leave(tar: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _chunk of tar) return;
}

/** The entries are named from the root on: a cache is restored to where it was. */
async function* sourcesOf(
  { attempt, signal }: OwnStepContext,
  paths: readonly string[],
): AsyncGenerator<TarSource> {
  for (const path of paths) {
    const tar = await attempt.engine.getArchive(attempt.name, path, signal);
    if (tar === undefined) continue;
    const folder = posix.dirname(path).slice(1);
    yield { tar, rewrite: (header) => [movedBelow(folder, header)] };
  }
}

function movedBelow(folder: string, header: Header): Header {
  const name = posix.join(folder, header.name);
  // A hard link is named like the file that it is.
  const linkname = header.type === "link" ? posix.join(folder, header.linkname) : header.linkname;
  return { ...header, name, linkname };
}
