import { existsSync } from "node:fs";
import { isFmgError } from "@fmg/core";
import { keyState, retireOlderKeys } from "@fmg/db";
import { sealAnew } from "@fmg/db/unsealing";
import type { Services } from "../services.ts";

/** A transaction of so many takes some milliseconds. */
const BATCH = 100;

/**
 * Seals under the newest key what is still under an older one, then removes the older keys: the rest of a rotation that the API
 * began, or another orchestrator, which died in it. (SEC-5)
 */
export function goOnWithRotation(services: Pick<Services, "db" | "settings" | "log">): void {
  const { db, log } = services;
  const { encryptionKey } = services.settings;
  // At the very first start the API may be about to make it.
  if (encryptionKey.kind === "file" && !existsSync(encryptionKey.file)) return;
  try {
    const { older, newest, remaining } = keyState(db, encryptionKey);
    if (older.length === 0 && remaining === 0) return;
    let after: number | undefined;
    do {
      const batch = sealAnew(db, encryptionKey, { after, limit: BATCH });
      for (const what of batch.unreadable) log.error({ what }, "a secret could not be sealed anew");
      after = batch.next;
    } while (after !== undefined);
    if (retireOlderKeys(db, encryptionKey)) log.info({ newest }, "the encryption key was rotated");
  } catch (error) {
    // Tried again at the next turn; what else a turn has to do goes on.
    if (!isFmgError(error, "settings_invalid")) throw error;
    log.error({ err: error }, "the encryption keys could not be read");
  }
}
