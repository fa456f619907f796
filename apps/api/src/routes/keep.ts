import { routes } from "@fmg/client";
import { isFinal } from "@fmg/core";
import { getPipeline, inTransaction, listAudit, prolongKeep, recordAudit, requestKeep } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { attemptOr404 } from "../find.ts";
import { actorOf } from "../plugins/auth.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";
import { attemptToWire, auditToWire } from "../wire.ts";

const MINUTE_MS = 60_000;

/** Keeping what failed, and the book of who did what. */
export async function keepRoutes(app: FastifyInstance, { db, now }: Adapters): Promise<void> {
  serve(app, routes.keepAttempt, ({ params, body }, request) =>
    inTransaction(db, () => {
      const { attempt, pipelineId } = attemptOr404(db, params.id);
      if (getPipeline(db, pipelineId)?.trust !== "own") {
        throw new ProblemDetail("forbidden", "The container of a fork's pull request is never kept.");
      }
      const forMs = body.minutes * MINUTE_MS;
      const until = now() + forMs;
      if (isFinal(attempt.status) && !prolongKeep(db, attempt.id, { until, now: now() })) {
        throw new ProblemDetail("conflict", `Attempt ${attempt.id} has ended, and its container is gone.`);
      }
      requestKeep(db, attempt.id, forMs);
      recordAudit(db, {
        ...actorOf(db, request),
        at: now(),
        action: "attempt.keep",
        target: `attempt ${attempt.id}`,
        detail: `${body.minutes} minutes`,
      });
      return attemptToWire(attemptOr404(db, attempt.id).attempt, pipelineId);
    }),
  );

  serve(app, routes.listAudit, ({ query }) => {
    const before = query.cursor === undefined ? undefined : Number(query.cursor);
    const rows = listAudit(db, { limit: query.limit + 1, before });
    const items = rows.slice(0, query.limit).map(auditToWire);
    return { items, next: rows.length > query.limit ? String(items.at(-1)?.id) : null };
  });
}
