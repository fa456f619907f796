import { evictCaches, expireJobFiles, isBlobInUse } from "@fmg/db";
import type { Services } from "../services.ts";

/** A blob is written before the row that names it: for so long it may be without one. */
const UNNAMED_FOR_MS = 6 * 3_600_000;

/** Forgets what is over its time or beyond the caches' limit, then removes the blobs that no row names any more. */
export async function sweepBlobs(services: Services): Promise<void> {
  const { db, blobs, settings } = services;
  evictCaches(db, settings.cacheMaxBytes, services.now());
  expireJobFiles(db, services.now());
  for await (const { digest, modifiedAt } of blobs.list()) {
    if (services.now() - modifiedAt < UNNAMED_FOR_MS || isBlobInUse(db, digest)) continue;
    await blobs.remove(digest);
  }
}
