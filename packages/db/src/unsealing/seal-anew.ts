import { isFmgError } from "@fmg/core";
import type { Db } from "../open-db.ts";
import { readKeyRing, type KeySource } from "../sealing/key-ring.ts";
import { seal, type Sealed, type SealedPlace } from "../sealing/seal.ts";
import { statement } from "../statements.ts";
import { inTransaction } from "../transaction.ts";
import { placeOf } from "./attempt-variables.ts";
import { placeOfContinuation } from "./continuation-key.ts";
import { unseal } from "./unseal.ts";

/** What one batch of a rotation did. */
export interface SealedAnew {
  readonly changed: number;
  /** Where the next batch begins; undefined: there is none. */
  readonly next: number | undefined;
  /** What could not be opened, and stays as it is. */
  readonly unreadable: readonly string[];
}

interface OldRow extends Sealed {
  /** A variable's own; of the others one below zero. */
  readonly id: number;
  readonly kind: "variable" | "attempt" | "continuation";
  /** The variable's; of the others their own id. */
  readonly owner: string;
  readonly name: string;
}

// Attempts and continuations come first, by even and odd negative ids, so that one number says how far a rotation is.
const under = statement(
  `select * from (
     select -2 * attempt_id as id, 'attempt' as kind, attempt_id as owner, '' as name, key_id as keyId, sealed
     from attempt_variables
     union all
     select -2 * pipeline_id - 1, 'continuation', pipeline_id, '', key_id, sealed from continuations
     where sealed is not null
     union all
     select v.id, 'variable', case when v.project_id is null then 'context ' || c.uuid else 'project ' || p.uuid end,
       v.name, v.key_id, v.sealed
     from variables v left join projects p on p.id = v.project_id left join contexts c on c.id = v.context_id
   ) where keyId <> :newest and id > :after order by id limit :limit`,
);
const updateVariable = statement("update variables set key_id = :keyId, sealed = :sealed where id = :id");
const updateAttempt = statement(
  "update attempt_variables set key_id = :keyId, sealed = :sealed where attempt_id = -:id / 2",
);
const updateContinuation = statement(
  "update continuations set key_id = :keyId, sealed = :sealed where pipeline_id = (-:id - 1) / 2",
);
const updates = { variable: updateVariable, attempt: updateAttempt, continuation: updateContinuation };

/** Seals the next `limit` values that are under an older key under the newest one, in one transaction. */
export function sealAnew(
  db: Db,
  source: KeySource,
  { after = -Number.MAX_SAFE_INTEGER, limit }: { after?: number | undefined; limit: number },
): SealedAnew {
  return inTransaction(db, () => {
    const ring = readKeyRing(source);
    const rows = under(db).all({ newest: ring.newest.id, after, limit }) as OldRow[];
    const unreadable: string[] = [];
    for (const row of rows) {
      const place = placeOfRow(row);
      try {
        const value = unseal(ring, place, row);
        updates[row.kind](db).run({ id: row.id, ...seal(ring.newest, place, value.reveal()) });
      } catch (error) {
        if (!isFmgError(error, "secret_unreadable")) throw error;
        unreadable.push(error.message);
      }
    }
    const next = rows.length === limit ? rows.at(-1)?.id : undefined;
    return { changed: rows.length - unreadable.length, next, unreadable };
  });
}

function placeOfRow({ kind, owner, name }: OldRow): SealedPlace {
  switch (kind) {
    case "variable":
      return { owner, name };
    case "attempt":
      return placeOf(Number(owner));
    case "continuation":
      return placeOfContinuation(Number(owner));
  }
}
