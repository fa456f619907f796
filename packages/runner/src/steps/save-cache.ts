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
      await say(`Creating cache archive of ${step.paths.join(", ")}`);
      const transfer = openTransfer("Reading", say);
      const archive = compressed(transfer.watch(repackTars(sourcesOf(context, step.paths))));
      try {
        const { outcome, sizeBytes } = await caches.save(key.text, key.parts, archive);
        await say(
          outcome === "exists"
            ? `Another job saved the key ${key.text} first; its cache stays.`
            : `Stored cache to ${key.text}: ${transfer.summary()}, ${formatBytes(sizeBytes)} stored`,
        );
      } catch (thrown) {
        if (!(thrown instanceof NothingFound)) throw thrown;
        await say("None of the paths exists: no cache is saved.");
      }
    },
  };
}

class NothingFound extends Error {}

/**
 * The entries are named from the root on: a cache is restored to where it was. Each path is asked for once, for the engine walks
 * all of it to answer; that none exists is found at the end, before anything is stored.
 */
async function* sourcesOf(
  { attempt, place, signal, say }: OwnStepContext,
  paths: readonly string[],
): AsyncGenerator<TarSource> {
  let found = 0;
  for (const path of paths) {
    const absolute = placePath(place, path);
    const tar = await attempt.engine.getArchive(attempt.name, absolute, signal);
    if (tar === undefined) {
      await say(`Warning: ${absolute} does not exist, and is left out.`);
      continue;
    }
    found++;
    const folder = posix.dirname(absolute).slice(1);
    yield { tar, rewrite: (header) => [movedBelow(folder, header)] };
  }
  if (found === 0) throw new NothingFound();
}

function movedBelow(folder: string, header: Header): Header {
  const name = posix.join(folder, header.name);
  // A hard link is named like the file that it is.
  const linkname = header.type === "link" ? posix.join(folder, header.linkname) : header.linkname;
  return { ...header, name, linkname };
}
