import { routes, type Cache } from "@fmg/client";
import { getCache, inTransaction, listCaches, recordAudit, removeCache, type ListedCache } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { projectOr404 } from "../find.ts";
import { actorOf } from "../plugins/auth.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";

/** What `save_cache` steps kept: to look at, and to forget. */
export async function cacheRoutes(app: FastifyInstance, { db, now }: Adapters): Promise<void> {
  serve(app, routes.listCaches, ({ params, query }) => {
    const { id: projectId } = projectOr404(db, params);
    const { limit = 100, key: prefix = "", cursor } = query;
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
    const rows = listCaches(db, { projectId, prefix, before, limit: limit + 1, now: now() });
    const items = rows.slice(0, limit);
    return { items: items.map(toWire), next: rows.length > limit ? String(items.at(-1)!.id) : null };
  });

  serve(app, routes.deleteCache, ({ params: { id } }, request) =>
    inTransaction(db, () => {
      const row = getCache(db, id);
      if (row === undefined) throw new ProblemDetail("not-found", `There is no cache ${id}.`);
      removeCache(db, id);
      const by = { ...actorOf(db, request), at: now() };
      recordAudit(db, {
        ...by,
        action: "cache.delete",
        target: `cache ${id}`,
        detail: `${row.scope} ${row.key}`,
      });
      return toWire(row);
    }),
  );
}

function toWire({ createdAt, lastUsedAt, expiresAt, ...row }: ListedCache): Cache {
  const time = (at: number): string => new Date(at).toISOString();
  return { ...row, createdAt: time(createdAt), lastUsedAt: time(lastUsedAt), expiresAt: time(expiresAt) };
}
