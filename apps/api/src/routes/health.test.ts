import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
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

describe("/healthz", () => {
  test("answers anybody while the process lives", async () => {
    api = await startApi(redis);

    const answer = await api.app.inject("/healthz");

    expect([answer.statusCode, answer.body]).toEqual([200, "ok\n"]);
  });
});

describe("/readyz", () => {
  test("is a bare word when FMG can take work", async () => {
    api = await startApi(redis);

    const answer = await api.app.inject("/readyz");

    expect([answer.statusCode, answer.body]).toEqual([200, "ready\n"]);
  });

  test("says why not to who has a token, and to nobody else", async () => {
    api = await startApi(redis, { pingRedis: () => Promise.reject(new Error("gone")) });

    const bare = await api.app.inject("/readyz");
    const told = await api.get("/readyz");
    const runner = await api.get("/readyz", { authorization: `Bearer ${api.token("runner")}` });

    expect([bare.statusCode, bare.body]).toEqual([503, "not ready\n"]);
    expect([told.statusCode, told.body]).toEqual([503, "not ready\nRedis does not answer\n"]);
    expect(runner.body).toBe("not ready\n");
  });
});
