import type { Instant } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";

/** A cache of a project: where it is, and what its key was made of. */
export interface CacheRow {
  readonly id: number;
  readonly key: string;
  readonly parts: readonly { readonly label: string; readonly value: string }[];
  readonly digest: string;
  readonly sizeBytes: number;
  readonly createdAt: Instant;
}

/** Whose caches are looked at: the scopes in order, the own one first. (SEC-8) */
export interface CacheView {
  readonly projectId: number;
  readonly scopes: readonly string[];
  /** What was saved before this moment counts as not there; 0: all of it is seen. */
  readonly since: Instant;
}

const columns = `id, key, parts, digest, size_bytes as sizeBytes, created_at as createdAt`;

const newestByPrefix = statement(
  `select ${columns} from caches
   where project_id = :projectId and scope = :scope and key >= :prefix and substr(key, 1, length(:prefix)) = :prefix
     and expires_at > :now and created_at >= :since
   order by created_at desc, id desc limit 1`,
);
const touch = statement(`update caches set last_used_at = :now where id = :id`);
const byKey = statement(
  `select 1 from caches where project_id = :projectId and scope = :scope and key = :key and expires_at > :now
     and created_at >= :since`,
);

/** The newest cache whose key begins with `prefix`, of the first scope that has one; it counts as used now. (R-CACHE-4) */
export function findCache(db: Db, view: CacheView, prefix: string, now: Instant): CacheRow | undefined {
  for (const scope of view.scopes) {
    const row = newestByPrefix(db).get({ projectId: view.projectId, scope, prefix, now, since: view.since });
    if (row === undefined) continue;
    const found = asCache(row);
    touch(db).run({ id: found.id, now });
    return found;
  }
  return undefined;
}

/** Whether a cache of exactly this key is there. */
export function hasCache(db: Db, view: CacheView, key: string, now: Instant): boolean {
  return view.scopes.some(
    (scope) => byKey(db).get({ projectId: view.projectId, scope, key, now, since: view.since }) !== undefined,
  );
}

export interface NewCache {
  readonly projectId: number;
  readonly scope: string;
  readonly key: string;
  readonly parts: CacheRow["parts"];
  readonly digest: string;
  readonly sizeBytes: number;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  /** A cache of the key that was saved before this moment gives way; 0: none does. */
  readonly since: Instant;
}

const dropOld = statement(
  `delete from caches where project_id = :projectId and scope = :scope and key = :key
     and (expires_at <= :createdAt or created_at < :since)`,
);
const insert = statement(
  `insert into caches (project_id, scope, key, parts, digest, size_bytes, created_at, last_used_at, expires_at)
   values (:projectId, :scope, :key, :parts, :digest, :sizeBytes, :createdAt, :createdAt, :expiresAt)
   on conflict do nothing`,
);

/** Takes a key, once: the first cache stays, unless it is older than what is wanted. (R-CACHE-3, ADR 18) */
export function insertCache(db: Db, cache: NewCache): "saved" | "exists" {
  const { since, ...columnsOfCache } = cache;
  const row = { ...columnsOfCache, parts: JSON.stringify(cache.parts) };
  const { projectId, scope, key, createdAt } = row;
  dropOld(db).run({ projectId, scope, key, createdAt, since });
  return insert(db).run(row).changes === 1 ? "saved" : "exists";
}

const remove = statement(`delete from caches where id = :id`);

/** Forgets a cache; its blob is swept. */
export function removeCache(db: Db, id: number): void {
  remove(db).run({ id });
}

/** Enough to find the nearest of a project that saves a cache with each push. */
const MOST_CANDIDATES = 200;
const newest = statement(
  `select ${columns} from caches where project_id = :projectId and scope = :scope and expires_at > :now and created_at >= :since
   order by id desc limit ${MOST_CANDIDATES}`,
);

/** The newest caches of a view: among them is looked for the one most like a missed key. */
export function newestCaches(db: Db, view: CacheView, now: Instant): readonly CacheRow[] {
  return view.scopes.flatMap((scope) =>
    newest(db).all({ projectId: view.projectId, scope, now, since: view.since }).map(asCache),
  );
}

const expire = statement(`delete from caches where expires_at <= :now`);
const total = statement(`select coalesce(sum(size_bytes), 0) as bytes from caches`);
const byUse = statement(
  `select id, size_bytes as sizeBytes from caches order by last_used_at, id limit 1000`,
);

/** Forgets caches that are over their time, then the least recently used until the rest fits. */
export function evictCaches(db: Db, maxBytes: number, now: Instant): void {
  expire(db).run({ now });
  let bytes = (total(db).get() as { bytes: number }).bytes;
  while (bytes > maxBytes) {
    for (const { id, sizeBytes } of byUse(db).all() as { id: number; sizeBytes: number }[]) {
      if (bytes <= maxBytes) return;
      removeCache(db, id);
      bytes -= sizeBytes;
    }
  }
}

function asCache(row: unknown): CacheRow {
  const { parts, ...columnsOfRow } = row as Omit<CacheRow, "parts"> & { parts: string };
  return { ...columnsOfRow, parts: JSON.parse(parts) as CacheRow["parts"] };
}
