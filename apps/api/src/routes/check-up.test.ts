import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import type { Finding } from "@fmg/core";
import { listAudit } from "@fmg/db";
import { serveCheckUps } from "@fmg/queue";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { startApi, type TestApi } from "../testing/start-api.ts";

// The machine may be busy with other tests; each of these waits for events, not for time.
jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
afterEach(() => api.close());

const finding: Finding = { area: "docker", what: "a left-over", cause: "b", next: "c", mending: "possible" };
const mend = () =>
  api.app.inject({
    method: "POST",
    url: "/api/v1/check-up",
    headers: { authorization: `Bearer ${api.adminToken}` },
  });

test("orchestrators that share a database find the same, and what one has mended is mended", async () => {
  api = await startApi(redis);
  const servers = (["done", "possible"] as const).map((mending) =>
    serveCheckUps(
      redis.url,
      async (mode) => ({ host: mending, findings: [mode === "mend" ? { ...finding, mending } : finding] }),
      (error) => {
        throw error;
      },
    ),
  );
  await Promise.all(servers.map((server) => server.ready()));

  const looked = (await api.get("/api/v1/check-up")).json();
  const mended = (await mend()).json();

  await Promise.all(servers.map((server) => server.close()));
  expect(looked).toEqual({ orchestrators: 2, findings: [finding] });
  expect(mended).toEqual({ orchestrators: 2, findings: [{ ...finding, mending: "done" }] });
  const items = listAudit(api.db, { limit: 9 });
  expect(items.map(({ action, detail }) => [action, detail])).toEqual([["check-up.mend", "1 of 1 findings"]]);
});

test("that no orchestrator is there is a finding", async () => {
  api = await startApi(redis);
  expect((await api.get("/api/v1/check-up")).json()).toMatchObject({
    orchestrators: 0,
    findings: [{ area: "server", what: "no orchestrator is there", mending: "by-hand" }],
  });
});

test("that Redis is away is one finding, and the API still answers", async () => {
  const gone = () => Promise.reject(new Error("gone"));
  api = await startApi(redis, { pingRedis: gone, checkUps: { ask: gone } });
  expect((await api.get("/api/v1/check-up")).json()).toMatchObject({
    orchestrators: 0,
    findings: [{ area: "redis", what: "Redis does not answer", mending: "by-hand" }],
  });
});

test.each(["read", "trigger"] as const)("a token with the scope %s may not ask for it", async (scope) => {
  api = await startApi(redis);
  const headers = { authorization: `Bearer ${api.token(scope)}` };
  for (const method of ["GET", "POST"] as const) {
    const answer = await api.app.inject({ method, url: "/api/v1/check-up", headers });
    expect(answer.statusCode).toBe(403);
  }
});
