import { Secret, type NamedSecret } from "@fmg/core";
import type { Db } from "../open-db.ts";
import type { KeyRing } from "../sealing/key-ring.ts";
import { seal, type Sealed, type SealedPlace } from "../sealing/seal.ts";
import { statement } from "../statements.ts";
import { unseal } from "./unseal.ts";

const insert = statement(
  `insert into attempt_variables (attempt_id, key_id, sealed) values (:attemptId, :keyId, :sealed)`,
);

/**
 * Keeps what an attempt is given, sealed: a successor must give its later steps the same, and mask the same, whatever was set
 * or removed since. Call it in the transaction that starts the attempt.
 */
export function freezeVariables(
  db: Db,
  keys: KeyRing,
  attemptId: number,
  variables: readonly NamedSecret[],
): void {
  const text = JSON.stringify(variables.map(({ name, value }) => [name, value.reveal()]));
  insert(db).run({ attemptId, ...seal(keys.newest, placeOf(attemptId), text) });
}

const byAttempt = statement(
  `select key_id as keyId, sealed from attempt_variables where attempt_id = :attemptId`,
);

/** What an attempt was given; undefined when nothing was frozen for it. */
export function frozenVariables(
  db: Db,
  keys: () => KeyRing,
  attemptId: number,
): readonly NamedSecret[] | undefined {
  const sealed = byAttempt(db).get({ attemptId }) as Sealed | undefined;
  if (sealed === undefined) return undefined;
  const pairs = JSON.parse(unseal(keys(), placeOf(attemptId), sealed).reveal()) as [string, string][];
  return pairs.map(([name, value]) => ({ name, value: new Secret(value) }));
}

const drop = statement(
  `delete from attempt_variables where exists
     (select 1 from attempts where id = attempt_id and finished_at is not null and coalesce(kept_until, 0) <= :now)`,
);

/** Forgets what attempts were given that have ended and whose containers are kept no longer. */
export function dropAttemptVariables(db: Db, now: number): void {
  drop(db).run({ now });
}

/** An attempt's list as a whole has no name. */
export function placeOf(attemptId: number): SealedPlace {
  return { owner: `attempt ${attemptId}`, name: "" };
}
