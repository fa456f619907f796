import { randomBytes } from "node:crypto";
import { Secret } from "@fmg/core";
import type { Db } from "../open-db.ts";
import type { KeyRing } from "../sealing/key-ring.ts";
import { seal, type Sealed, type SealedPlace } from "../sealing/seal.ts";
import { statement } from "../statements.ts";
import { inTransaction } from "../transaction.ts";
import { unseal } from "./unseal.ts";

const keyBytes = 32;

const sealedOf = statement(
  "select key_id as keyId, sealed from continuations where pipeline_id = :pipelineId and sealed is not null",
);
const put = statement(
  "update continuations set key_id = :keyId, sealed = :sealed where pipeline_id = :pipelineId and sealed is null",
);

/** The key with which the jobs of a setup workflow continue their pipeline: made for the first, the same for all. (R-DYN-2) */
export function continuationKey(db: Db, keys: KeyRing, pipelineId: number): Secret {
  return inTransaction(db, () => {
    const sealed = sealedOf(db).get({ pipelineId }) as Sealed | undefined;
    if (sealed !== undefined) return unseal(keys, placeOfContinuation(pipelineId), sealed);
    const key = randomBytes(keyBytes).toString("base64url");
    put(db).run({ pipelineId, ...seal(keys.newest, placeOfContinuation(pipelineId), key) });
    return new Secret(key);
  });
}

export function placeOfContinuation(pipelineId: number): SealedPlace {
  return { owner: `pipeline ${pipelineId}`, name: "" };
}
