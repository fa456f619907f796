import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { acceptDelivery, insertCache } from "@fmg/db";
import { aPush } from "@fmg/db/testing";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { startApi, type TestApi } from "../testing/start-api.ts";

jest.setTimeout(30_000);

const now = Date.parse("2024-06-10T12:00:00Z");
let redis: TestRedis;
let api: TestApi;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  api = await startApi(redis, { now: () => now });
  acceptDelivery(api.db, aPush());
});
afterEach(() => api.close());

function save(key: string, expiresAt = now + 1000): void {
  const cache = { projectId: 1, scope: "branch:main", key, parts: [], digest: "d", sizeBytes: 5, since: 0 };
  insertCache(api.db, { ...cache, createdAt: now, expiresAt });
}

interface Page {
  readonly items: { readonly id: number; readonly key: string }[];
  readonly next: string | null;
}
const list = async (query = ""): Promise<Page> =>
  (await api.get(`/api/v1/projects/octo/repo/caches${query}`)).json<Page>();

test("caches are listed newest first, by pages and by the beginning of their key; those over their time are not", async () => {
  for (const key of ["npm-1", "maven-1", "npm-2"]) save(key);
  save("npm-old", now);
  const first = await list("?limit=2");
  expect(first.items.map(({ key }) => key)).toEqual(["npm-2", "maven-1"]);
  const second = await list(`?limit=2&cursor=${first.next}`);
  expect([second.items.map(({ key }) => key), second.next]).toEqual([["npm-1"], null]);
  expect((await list("?key=npm")).items.map(({ key }) => key)).toEqual(["npm-2", "npm-1"]);
  expect(first.items[0]).toMatchObject({ scope: "branch:main", sizeBytes: 5, expiresAt: expect.any(String) });
  expect((await api.get("/api/v1/projects/octo/none/caches")).statusCode).toBe(404);
});

test("a cache is forgotten once, by who may trigger, and the audit says which", async () => {
  save("npm-1");
  const [{ id } = { id: 0 }] = (await list()).items;
  const remove = (token: string) =>
    api.app.inject({
      method: "DELETE",
      url: `/api/v1/caches/${id}`,
      headers: { authorization: `Bearer ${token}` },
    });
  expect((await remove(api.token("read"))).statusCode).toBe(403);
  const removed = await remove(api.token("trigger"));
  expect([removed.statusCode, removed.json()]).toMatchObject([200, { id, key: "npm-1" }]);
  expect((await list()).items).toEqual([]);
  expect((await remove(api.token("trigger"))).statusCode).toBe(404);
  const [entry] = (await api.get("/api/v1/audit")).json<{ items: object[] }>().items;
  expect(entry).toMatchObject({ action: "cache.delete", detail: "branch:main npm-1" });
});

test("repositories are listed by name with their number of pipelines", async () => {
  const { items } = (await api.get("/api/v1/projects")).json<{ items: object[] }>();
  expect(items).toEqual([
    expect.objectContaining({
      owner: "octo",
      name: "repo",
      defaultBranch: "main",
      pipelines: 1,
      lastPipelineAt: expect.any(String),
    }),
  ]);
});

test("a runner is forgotten, but never the machine itself", async () => {
  const headers = { authorization: `Bearer ${api.adminToken}` };
  const url = "/api/v1/runners";
  const added = await api.app.inject({ method: "POST", url, headers, payload: { host: "build1" } });
  const { id } = added.json<{ id: number }>();
  const remove = (which: number) => api.app.inject({ method: "DELETE", url: `${url}/${which}`, headers });
  expect((await remove(id)).json()).toMatchObject({ id, host: "build1" });
  expect((await remove(id)).statusCode).toBe(404);
  expect((await remove(1)).statusCode).toBe(409);
  expect((await api.get(url)).json<{ items: object[] }>().items).toHaveLength(1);
});
