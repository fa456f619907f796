import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { acceptDelivery, heartbeat } from "@fmg/db";
import { aPush } from "@fmg/db/testing";
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

test("the status tells the version, what is not finished, who is active and how much room there is", async () => {
  api = await startApi(redis);
  acceptDelivery(api.db, aPush());
  heartbeat(api.db, Date.now());
  expect((await api.get("/api/v1/status")).json()).toEqual({
    version: "1.2.3",
    startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    problems: [],
    freeBytes: expect.any(Number),
    unfinished: { pipelines: 1, workflows: 0, attempts: 0, statuses: 1, notifications: 0 },
    runners: { active: 1, inactive: 0 },
  });
});

test("the status tells why the server can take no work, and that no orchestrator is there", async () => {
  api = await startApi(redis, { pingRedis: () => Promise.reject(new Error("gone")) });
  expect((await api.get("/api/v1/status")).json()).toMatchObject({
    problems: ["Redis does not answer"],
    runners: { active: 0, inactive: 1 },
  });
});
