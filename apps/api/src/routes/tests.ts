import { routes, type TestRun } from "@fmg/client";
import { countTests, listTests, testHistory, type TestRunRow } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { jobOr404 } from "../find.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";

/** Test results: of a job, and of one test over time. */
export async function testRoutes(app: FastifyInstance, { db }: Adapters): Promise<void> {
  serve(app, routes.listTests, ({ params, query }) => {
    const { job } = jobOr404(db, params.id);
    const [limit, skip] = [query.limit ?? 100, Number(query.cursor ?? 0)];
    const items = listTests(db, job.id, { limit, skip, only: query.result ?? null });
    const next = items.length === limit ? String(skip + limit) : null;
    return { items: [...items], next, counts: countTests(db, job.id) };
  });

  serve(app, routes.listTestHistory, ({ params, query }) => {
    const limit = query.limit ?? 100;
    const before = Number(query.cursor ?? Number.MAX_SAFE_INTEGER);
    const runs = testHistory(db, params.id, { before, limit });
    if (runs === undefined) throw new ProblemDetail("not-found", `There is no test result ${params.id}.`);
    return { items: runs.map(runToWire), next: runs.length === limit ? String(runs.at(-1)!.id) : null };
  });
}

function runToWire({ jobId, job, queuedAt, ...run }: TestRunRow): TestRun {
  return { ...run, job: { id: jobId, name: job }, queuedAt: new Date(queuedAt).toISOString() };
}
