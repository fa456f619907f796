import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { FmgError, type Secret } from "@fmg/core";
import { readKeyFile } from "./key-file.ts";

/** Where the encryption keys are: a file of FMG's own, or the setting, which the operator keeps. */
export type KeySource =
  { readonly kind: "file"; readonly file: string } | { readonly kind: "setting"; readonly value: Secret };

/** A 256-bit key. Its id is derived from it, so that the two cannot be confused. */
export interface EncryptionKey {
  readonly id: string;
  /** An opaque object: printing it shows no byte of the key. */
  readonly key: KeyObject;
}

/** The newest key seals; the others only open what was sealed before it. */
export interface KeyRing {
  readonly newest: EncryptionKey;
  readonly keys: ReadonlyMap<string, EncryptionKey>;
}

/** The variable that both apps read keys from; commas between them, the newest first. */
export const KEY_SETTING = "FMG_ENCRYPTION_KEY";
export const KEY_BYTES = 32;

/**
 * Reads the keys anew, as a rotation changes them while the apps run. Throws `settings_invalid`: no key, a wrong one, or a
 * file that others than its owner may read. (SEC-5)
 */
export function readKeyRing(source: KeySource): KeyRing {
  const place = source.kind === "file" ? source.file : KEY_SETTING;
  const text = source.kind === "file" ? readKeyFile(source.file) : source.value.reveal();
  const keys = text
    .split(/[\s,]+/)
    .filter((word) => word !== "")
    .map((word) => asKey(word, place));
  const [newest] = keys;
  if (newest === undefined) throw new FmgError("settings_invalid", `${place} has no encryption key`);
  return { newest, keys: new Map(keys.map((key) => [key.id, key])) };
}

function asKey(word: string, place: string): EncryptionKey {
  const bytes = /^[0-9a-f]{64}$/i.test(word) ? Buffer.from(word, "hex") : Buffer.from(word, "base64");
  if (bytes.length !== KEY_BYTES) {
    throw new FmgError(
      "settings_invalid",
      `${place} must hold keys of ${KEY_BYTES} bytes, in base64 or hex: openssl rand -base64 ${KEY_BYTES}`,
    );
  }
  const id = createHmac("sha256", bytes).update("fmg encryption key id").digest("hex").slice(0, 16);
  return { id, key: createSecretKey(bytes) };
}
