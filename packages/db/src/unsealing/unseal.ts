import { createDecipheriv } from "node:crypto";
import { FmgError, Secret } from "@fmg/core";
import type { KeyRing } from "../sealing/key-ring.ts";
import { boundTo, CIPHER, NONCE_BYTES, TAG_BYTES, type Sealed, type SealedPlace } from "../sealing/seal.ts";

/** Opens a sealed value. Throws `secret_unreadable` when its key is missing, or when it is not as it was sealed for this place. */
export function unseal(ring: KeyRing, place: SealedPlace, { keyId, sealed }: Sealed): Secret {
  const key = ring.keys.get(keyId)?.key;
  if (key === undefined) {
    throw unreadable(
      place,
      `its key ${keyId} is missing. Restore it from your backup, or set the variable anew`,
    );
  }
  try {
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(boundTo(place, keyId));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const ciphertext = sealed.subarray(NONCE_BYTES, -TAG_BYTES);
    return new Secret(Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString("utf8"));
  } catch (cause) {
    throw unreadable(
      place,
      "its row was changed or moved by other hands than FMG's. Set the variable anew",
      cause,
    );
  }
}

function unreadable({ name, owner }: SealedPlace, why: string, cause?: unknown): FmgError {
  return new FmgError("secret_unreadable", `${name} of ${owner} cannot be opened: ${why}`, { cause });
}
