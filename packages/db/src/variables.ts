import type { Instant, Secret } from "@fmg/core";
import { hashOf, recordAudit } from "./audit.ts";
import type { ChangedBy, ContextRow } from "./contexts.ts";
import type { Db } from "./open-db.ts";
import type { ProjectRow } from "./rows.ts";
import type { KeySource } from "./sealing/key-ring.ts";
import { readKeyRing } from "./sealing/key-ring.ts";
import { seal } from "./sealing/seal.ts";
import { statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";

/** Whose a variable is. */
export type VariableOwner =
  | { readonly kind: "project"; readonly row: ProjectRow }
  | { readonly kind: "context"; readonly row: ContextRow };

/** All that is told of a variable: never its value. */
export interface VariableRow {
  readonly name: string;
  /** The last characters of a long value. */
  readonly hint: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** CircleCI's limit for a context. (Section 12 of the language reference) */
export const MOST_VARIABLES = 100;
/** A value must be so long that its last characters give nothing away that matters. */
const HINTED_FROM = 16;
const HINT_LENGTH = 4;

const columns = "name, hint, created_at as createdAt, updated_at as updatedAt";
export const OF_OWNER = "project_id is :projectId and context_id is :contextId";

const ofOwner = statement(
  `select ${columns} from variables where ${OF_OWNER} order by name limit ${MOST_VARIABLES}`,
);
const sealedByName = statement(`select sealed from variables where ${OF_OWNER} and name = :name`);

/** An owner's variables, by name. */
export function listVariables(db: Db, owner: VariableOwner): VariableRow[] {
  return ofOwner(db).all(ownerColumns(owner)) as VariableRow[];
}

const insert = statement(
  `insert into variables (project_id, context_id, name, key_id, sealed, hint, created_at, updated_at)
   values (:projectId, :contextId, :name, :keyId, :sealed, :hint, :at, :at) returning ${columns}`,
);
const update = statement(
  `update variables set key_id = :keyId, sealed = :sealed, hint = :hint, updated_at = :at
   where ${OF_OWNER} and name = :name returning ${columns}`,
);

/**
 * Seals a value under the newest key and stores it, with a line in the audit book. The keys are read within the transaction: a
 * rotation that ends at this moment comes before or after it.
 */
export function setVariable(
  db: Db,
  keys: KeySource,
  owner: VariableOwner,
  { name, value }: { readonly name: string; readonly value: Secret },
  by: ChangedBy,
): VariableRow | "too-many" {
  return inTransaction(db, () => {
    const before = sealedBefore(db, owner, name);
    if (before === undefined && listVariables(db, owner).length >= MOST_VARIABLES) return "too-many";
    const place = { owner: sealedOwner(owner), name };
    const sealed = seal(readKeyRing(keys).newest, place, value.reveal());
    const values = { ...ownerColumns(owner), name, ...sealed, hint: hintOf(value), at: by.at };
    const row = (before === undefined ? insert : update)(db).get(values) as VariableRow;
    recordAudit(db, {
      ...by,
      action: "variable.set",
      target: ownerName(owner),
      detail: name,
      beforeHash: before === undefined ? null : hashOf(before),
      afterHash: hashOf(sealed.sealed),
    });
    return row;
  });
}

const remove = statement(`delete from variables where ${OF_OWNER} and name = :name returning ${columns}`);

/** Removes a variable, with a line in the audit book. */
export function deleteVariable(
  db: Db,
  owner: VariableOwner,
  name: string,
  by: ChangedBy,
): VariableRow | "not-found" {
  return inTransaction(db, () => {
    const before = sealedBefore(db, owner, name);
    if (before === undefined) return "not-found";
    const row = remove(db).get({ ...ownerColumns(owner), name }) as VariableRow;
    const target = ownerName(owner);
    recordAudit(db, { ...by, action: "variable.delete", target, detail: name, beforeHash: hashOf(before) });
    return row;
  });
}

/** `project octo/repo`, `context deploy`: for people. */
export function ownerName(owner: VariableOwner): string {
  if (owner.kind === "context") return `context ${owner.row.name}`;
  return `project ${owner.row.owner}/${owner.row.name}`;
}

/** What values are sealed to. A name may pass to another project or context; a uuid does not. */
export function sealedOwner({ kind, row }: VariableOwner): string {
  return `${kind} ${row.uuid}`;
}

/** The two columns that name an owner. */
export function ownerColumns({ kind, row }: VariableOwner): {
  projectId: number | null;
  contextId: number | null;
} {
  return kind === "project" ? { projectId: row.id, contextId: null } : { projectId: null, contextId: row.id };
}

function sealedBefore(db: Db, owner: VariableOwner, name: string): Buffer | undefined {
  return (sealedByName(db).get({ ...ownerColumns(owner), name }) as { sealed: Buffer } | undefined)?.sealed;
}

function hintOf(value: Secret): string | null {
  const text = value.reveal();
  const last = text.slice(-HINT_LENGTH);
  return text.length >= HINTED_FROM && /^[\x21-\x7e]+$/.test(last) ? last : null;
}
