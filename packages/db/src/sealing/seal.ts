import { createCipheriv, randomBytes } from "node:crypto";
import type { EncryptionKey } from "./key-ring.ts";

/** What a sealed value belongs to: moved to another row it does not open. */
export interface SealedPlace {
  /** `project <uuid>`, `context <uuid>`, `attempt <id>`. */
  readonly owner: string;
  /** The variable's name. */
  readonly name: string;
}

/** A sealed value, as two columns hold it. */
export interface Sealed {
  readonly keyId: string;
  /** Nonce (12 bytes), ciphertext, tag (16 bytes). */
  readonly sealed: Buffer;
}

export const CIPHER = "aes-256-gcm";
/** 96 random bits, new for each value, as GCM wants them. */
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** Seals a value for its place. This file has no way back: only `unsealing/` does, which the API does not import. */
export function seal({ id, key }: EncryptionKey, place: SealedPlace, value: string): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(place, id));
  const ciphertext = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
  return { keyId: id, sealed: Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]) };
}

/** Owner, name and key, so written that no two of them read alike. */
export function boundTo({ owner, name }: SealedPlace, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([owner, name, keyId]));
}
