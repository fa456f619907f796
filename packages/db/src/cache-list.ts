import type { Instant } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";

/** A cache as people see it. */
export interface ListedCache {
  readonly id: number;
  readonly key: string;
  readonly scope: string;
  readonly sizeBytes: number;
  readonly createdAt: Instant;
  readonly lastUsedAt: Instant;
  readonly expiresAt: Instant;
}

const columns = `id, key, scope, size_bytes as sizeBytes, created_at as createdAt, last_used_at as lastUsedAt,
  expires_at as expiresAt`;
const ofProject = statement(
  `select ${columns} from caches
   where project_id = :projectId and id < :before and substr(key, 1, length(:prefix)) = :prefix and expires_at > :now
   order by id desc limit :limit`,
);

/** A project's caches whose keys begin with `prefix`, newest first, older than the cache `before`. */
export function listCaches(
  db: Db,
  of: {
    readonly projectId: number;
    readonly prefix: string;
    readonly before: number;
    readonly limit: number;
    readonly now: Instant;
  },
): readonly ListedCache[] {
  return ofProject(db).all(of) as ListedCache[];
}

const byId = statement(`select ${columns} from caches where id = :id`);

/** One cache. */
export function getCache(db: Db, id: number): ListedCache | undefined {
  return byId(db).get({ id }) as ListedCache | undefined;
}
