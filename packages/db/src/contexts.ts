import type { Instant } from "@fmg/core";
import { fmgItself, hashOf, recordAudit, type Actor } from "./audit.ts";
import type { Db } from "./open-db.ts";
import type { RestrictionKind } from "./schema.ts";
import { statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";
import { newUuid } from "./uuid.ts";

/** A set of variables that jobs ask for by its name. */
export interface ContextRow {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
  readonly createdAt: Instant;
}

/** One line of who may use a context. */
export interface RestrictionRow {
  readonly id: number;
  readonly kind: RestrictionKind;
  /** Of a project its uuid, for a name may pass to another repository. */
  readonly value: string;
  /** For people: a project's name in place of its uuid. */
  readonly shown: string;
  readonly createdAt: Instant;
}

/** Who changes something, and when. */
export interface ChangedBy extends Actor {
  readonly at: Instant;
}

/** CircleCI's limit for an organisation. (Section 12 of the language reference) */
const MOST_CONTEXTS = 500;
/** Each is asked at every start of a job. */
const MOST_RESTRICTIONS = 100;

const columns = "id, uuid, name, created_at as createdAt";
const byName = statement(`select ${columns} from contexts where name = :name`);
const all = statement(`select ${columns} from contexts order by name limit ${MOST_CONTEXTS}`);

/** The context of that name, letter for letter. */
export function findContext(db: Db, name: string): ContextRow | undefined {
  return byName(db).get({ name }) as ContextRow | undefined;
}

/** Every context, by name. */
export function listContexts(db: Db): ContextRow[] {
  return all(db).all() as ContextRow[];
}

const count = statement("select count(*) as contexts from contexts");
const insert = statement(
  `insert into contexts (uuid, name, created_at) values (:uuid, :name, :at)
   on conflict do nothing returning ${columns}`,
);

/** Makes an empty context, free for every project until it is restricted. */
export function createContext(db: Db, name: string, by: ChangedBy): ContextRow | "exists" | "too-many" {
  return inTransaction(db, () => {
    if (findContext(db, name) !== undefined) return "exists";
    if ((count(db).get() as { contexts: number }).contexts >= MOST_CONTEXTS) return "too-many";
    const row = insert(db).get({ uuid: newUuid(by.at), name, at: by.at }) as ContextRow;
    recordAudit(db, { ...by, action: "context.create", target: `context ${name}`, detail: null });
    return row;
  });
}

const remove = statement("delete from contexts where id = :id");

/** Removes a context with its variables and restrictions. A later one of that name shares nothing with it. */
export function deleteContext(db: Db, context: ContextRow, by: ChangedBy): void {
  inTransaction(db, () => {
    if (remove(db).run({ id: context.id }).changes === 0) return;
    recordAudit(db, { ...by, action: "context.delete", target: `context ${context.name}`, detail: null });
  });
}

const restrictionsOf = statement(
  `select r.id, r.kind, r.value, coalesce(p.owner || '/' || p.name, r.value) as shown, r.created_at as createdAt
   from context_restrictions r left join projects p on r.kind = 'project' and p.uuid = r.value
   where r.context_id = :contextId order by r.kind, r.value limit ${MOST_RESTRICTIONS}`,
);

/** Who may use a context; nobody is kept out by an empty list. */
export function listRestrictions(db: Db, context: Pick<ContextRow, "id">): RestrictionRow[] {
  return restrictionsOf(db).all({ contextId: context.id }) as RestrictionRow[];
}

const addRestriction = statement(
  `insert into context_restrictions (context_id, kind, value, created_at) values (:contextId, :kind, :value, :at)
   on conflict do nothing`,
);

/** Adds a restriction; one that is there already stays as it is. */
export function restrictContext(
  db: Db,
  context: ContextRow,
  { kind, value }: Pick<RestrictionRow, "kind" | "value">,
  by: ChangedBy,
): RestrictionRow[] | "too-many" {
  return inTransaction(db, () => {
    const before = listRestrictions(db, context);
    if (before.length >= MOST_RESTRICTIONS) return "too-many";
    if (addRestriction(db).run({ contextId: context.id, kind, value, at: by.at }).changes === 0)
      return before;
    const after = listRestrictions(db, context);
    const changed = after.find((row) => row.kind === kind && row.value === value);
    noteRestrictions(db, context, { ...by, action: "context.restrict", changed, before, after });
    return after;
  });
}

const removeRestriction = statement(
  "delete from context_restrictions where context_id = :contextId and kind = :kind and value = :value",
);

/** Takes a restriction away. */
export function unrestrictContext(
  db: Db,
  context: ContextRow,
  { kind, value }: Pick<RestrictionRow, "kind" | "value">,
  by: ChangedBy,
): RestrictionRow[] | "not-found" {
  return inTransaction(db, () => {
    const before = listRestrictions(db, context);
    if (removeRestriction(db).run({ contextId: context.id, kind, value }).changes === 0) return "not-found";
    const after = listRestrictions(db, context);
    const changed = before.find((row) => row.kind === kind && row.value === value);
    noteRestrictions(db, context, { ...by, action: "context.unrestrict", changed, before, after });
    return after;
  });
}

interface RestrictionChange extends ChangedBy {
  readonly action: string;
  readonly changed: RestrictionRow | undefined;
  readonly before: readonly RestrictionRow[];
  readonly after: readonly RestrictionRow[];
}

function noteRestrictions(db: Db, context: ContextRow, change: RestrictionChange): void {
  const { changed, before, after, ...by } = change;
  const hash = (rows: readonly RestrictionRow[]) =>
    hashOf(JSON.stringify(rows.map(({ kind, value }) => [kind, value])));
  recordAudit(db, {
    ...by,
    target: `context ${context.name}`,
    detail: changed === undefined ? null : `${changed.kind} ${changed.shown}`,
    beforeHash: hash(before),
    afterHash: hash(after),
  });
}

/** Writes down that a job got a context, or the variables of its project. Call it in the transaction that starts the attempt. */
export function recordUse(
  db: Db,
  use: { readonly at: Instant; readonly action: string; readonly target: string; readonly detail: string },
): void {
  recordAudit(db, { ...fmgItself, ...use });
}
