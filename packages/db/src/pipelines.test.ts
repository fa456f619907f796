import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { acceptDelivery } from "./deliveries.ts";
import { movePipeline } from "./job-states.ts";
import { listPipelines, type PipelineFilters } from "./pipelines.ts";
import { aPush, temporaryDb, type TemporaryDb } from "./testing/builders.ts";
import { queryPlans } from "./testing/query-plans.ts";
import { inTransaction } from "./transaction.ts";

const TOTAL = 300;
let temporary: TemporaryDb;

beforeAll(() => {
  temporary = temporaryDb();
  const { db } = temporary;
  inTransaction(db, () => {
    for (let index = 0; index < TOTAL; index += 1) {
      const repoId = 1 + (index % 3);
      const branch = index % 2 === 0 ? "main" : "feature/login";
      const push = aPush({ deliveryId: `${index}`, repoId, repo: `octo/repo-${repoId}`, branch });
      const { pipelineId } = acceptDelivery(db, push);
      if (index % 5 === 0) movePipeline(db, pipelineId, "pending", { status: "error", at: 2_000 });
    }
  });
});
afterAll(() => temporary.remove());

const filterSets: PipelineFilters[] = [];
for (const repo of [undefined, "octo/repo-2"])
  for (const branch of [undefined, "main"])
    for (const status of [undefined, "error"] as const) filterSets.push({ repo, branch, status });

test.each(filterSets)("walking the pages of %j sees each of its pipelines once, newest first", (filters) => {
  const { db } = temporary;
  const all = listPipelines(db, { limit: TOTAL }).items;
  const expected = all.filter(
    (row) =>
      (filters.repo === undefined || `${row.owner}/${row.name}` === filters.repo) &&
      (filters.branch === undefined || row.branch === filters.branch) &&
      (filters.status === undefined || row.status === filters.status),
  );

  const seen: number[] = [];
  let cursor: string | null | undefined;
  do {
    const page = listPipelines(db, { ...filters, limit: 7, cursor: cursor ?? undefined });
    expect(page.items.length).toBeLessThanOrEqual(7);
    seen.push(...page.items.map((row) => row.id));
    cursor = page.next;
  } while (cursor !== null);

  expect(seen).toEqual(expected.map((row) => row.id));
  expect(seen.length).toBeGreaterThan(0);
});

test.each(filterSets)("a page of %j is read from an index in order, so its cost does not grow", (filters) => {
  const fresh = temporaryDb();
  acceptDelivery(fresh.db, aPush({ repo: "octo/repo-2" }));
  const plans = queryPlans(fresh.db, () => listPipelines(fresh.db, { ...filters, limit: 5 }));
  fresh.remove();
  const lines = plans.find(({ text }) => text.includes('from "pipelines"'))?.lines ?? [];
  expect(lines.join("\n")).not.toMatch(/SCAN|TEMP B-TREE/);
  expect(lines.find((line) => line.includes("SEARCH pipelines"))).toMatch(/rowid<\?/);
});

test("a repository is found in any case of letters, and an unknown one has no pipelines", () => {
  const { db } = temporary;
  expect(listPipelines(db, { limit: 1, repo: "OCTO/Repo-1" }).items).toHaveLength(1);
  expect(listPipelines(db, { limit: 1, repo: "octo/nothing" })).toEqual({ items: [], next: null });
  expect(listPipelines(db, { limit: 1, repo: "nonsense" })).toEqual({ items: [], next: null });
});

test("a cursor that is none of ours gives an empty page", () => {
  expect(listPipelines(temporary.db, { limit: 5, cursor: "'; drop table pipelines" }).items).toEqual([]);
});
