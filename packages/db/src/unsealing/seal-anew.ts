import { isFmgError } from "@fmg/core";
import type { Db } from "../open-db.ts";
import { readKeyRing, type KeySource } from "../sealing/key-ring.ts";
import { seal, type Sealed, type SealedPlace } from "../sealing/seal.ts";
import { statement } from "../statements.ts";
import { inTransaction } from "../transaction.ts";
import { placeOf } from "./attempt-variables.ts";
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
  /** Of the row: a variable's is positive, an attempt's negative. */
  readonly id: number;
  readonly owner: string | null;
  readonly name: string;
}

// Attempts come first, by negative ids, so that one number says how far a rotation is.
const under = statement(
  `select * from (
     select -attempt_id as id, null as owner, '' as name, key_id as keyId, sealed from attempt_variables
     union all
     select v.id, case when v.project_id is null then 'context ' || c.uuid else 'project ' || p.uuid end,
       v.name, v.key_id, v.sealed
     from variables v left join projects p on p.id = v.project_id left join contexts c on c.id = v.context_id
   ) where keyId <> :newest and id > :after order by id limit :limit`,
);
const updateVariable = statement("update variables set key_id = :keyId, sealed = :sealed where id = :id");
const updateAttempt = statement(
  "update attempt_variables set key_id = :keyId, sealed = :sealed where attempt_id = -:id",
);

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
        const update = row.id > 0 ? updateVariable : updateAttempt;
        update(db).run({ id: row.id, ...seal(ring.newest, place, value.reveal()) });
      } catch (error) {
        if (!isFmgError(error, "secret_unreadable")) throw error;
        unreadable.push(error.message);
      }
    }
    const next = rows.length === limit ? rows.at(-1)?.id : undefined;
    return { changed: rows.length - unreadable.length, next, unreadable };
  });
}

function placeOfRow({ id, owner, name }: OldRow): SealedPlace {
  return owner === null ? placeOf(-id) : { owner, name };
}
