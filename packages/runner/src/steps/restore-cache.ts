import type { RestoreCacheStepPlan } from "@fmg/core";

import { decompressed } from "../archive/compress.ts";
import { repackTars, type TarSource } from "../archive/repack-tars.ts";
import { formatBytes, openTransfer } from "../archive/transfer.ts";
import type { CacheHit } from "../job-stores.ts";
import { renderCacheKey, tellDifference, type RenderedKey } from "./cache-key.ts";
import type { OwnStep, OwnStepContext, StepPlace } from "./own-step.ts";

/**
 * Restores the newest cache of the first key that has one. A key without one is no failure; what the nearest cache differs in
 * is told. (R-CACHE-4, R-CACHE-5, R-CACHE-8)
 */
export function restoreCache(step: RestoreCacheStepPlan): OwnStep {
  return {
    probe: { script: "", args: [], program: [] },
    async carryOut(context) {
      const { caches } = context.attempt.input.stores;
      const misses: string[] = [];
      for (const template of step.keys) {
        const key = await renderCacheKey(context, template);
        const hit = await caches.find(key.text);
        if (hit !== undefined) {
          await unpack(context, hit);
          context.note({ message: `restored ${hit.key}` });
          return;
        }
        misses.push(await tellMiss(context, key));
      }
      context.note({ reason: "cache_missed", message: misses.join("; ") });
    },
  };
}

/** Tells the miss in the log, and returns it as one sentence. */
async function tellMiss({ attempt, say }: OwnStepContext, key: RenderedKey): Promise<string> {
  await say(`No cache is found for key: ${key.text}`);
  const { caches } = attempt.input.stores;
  if (caches.setAside !== undefined) {
    await say(`  ${capitalized(caches.setAside)}.`);
    return `no cache for key ${key.text}: ${caches.setAside}`;
  }
  const nearest = await caches.nearest(key.text);
  if (nearest === undefined) return `no cache for key ${key.text}`;
  const difference = tellDifference(key.parts, nearest.parts);
  await say(`  The nearest is ${nearest.key}: ${difference}.`);
  return `no cache for key ${key.text}, and of the nearest, ${nearest.key}, ${difference}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

async function unpack(context: OwnStepContext, hit: CacheHit): Promise<void> {
  const { attempt, place, signal, say } = context;
  const age = formatAge(Date.now() - hit.createdAt);
  await say(`Found a cache at ${hit.key} (${formatBytes(hit.sizeBytes)}, saved ${age} ago)`);
  const transfer = openTransfer("Unpacking", say);
  const tar = transfer.watch(ownedBy(place, decompressed(hit.read())));
  await attempt.engine.putArchive(attempt.name, "/", tar, signal);
  await say(`Cache restored: ${transfer.summary()}`);
}

/** Files of root's steps keep their owners; another user's are that user's. */
export function ownedBy({ uid, gid }: StepPlace, tar: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (uid === 0) return tar;
  async function* source(): AsyncGenerator<TarSource> {
    yield { tar, rewrite: (header) => [{ ...header, uid, gid, uname: "", gname: "" }] };
  }
  return repackTars(source());
}

function formatAge(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return "less than a minute";
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
