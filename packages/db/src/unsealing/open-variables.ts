import type { NamedSecret } from "@fmg/core";
import type { Db } from "../open-db.ts";
import type { KeyRing } from "../sealing/key-ring.ts";
import type { Sealed } from "../sealing/seal.ts";
import { statement } from "../statements.ts";
import { MOST_VARIABLES, OF_OWNER, ownerColumns, sealedOwner, type VariableOwner } from "../variables.ts";
import { unseal } from "./unseal.ts";

const sealedOf = statement(
  `select name, key_id as keyId, sealed from variables where ${OF_OWNER} order by name limit ${MOST_VARIABLES}`,
);

/** An owner's variables, opened. `keys` is asked only where there are any. */
export function openVariables(db: Db, keys: () => KeyRing, owner: VariableOwner): NamedSecret[] {
  const rows = sealedOf(db).all(ownerColumns(owner)) as (Sealed & { name: string })[];
  return rows.map(({ name, ...sealed }) => {
    const place = { owner: sealedOwner(owner), name };
    return { name, value: unseal(keys(), place, sealed) };
  });
}
