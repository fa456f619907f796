import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { startApi, type TestApi } from "../testing/start-api.ts";

jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
  api = await startApi(redis);
});
afterAll(async () => {
  await api.close();
  await redis.close();
});

test.each(["read", "trigger", "runner", "admin"] as const)(
  "a token with the scope %s is told its name and scopes, and nothing secret",
  async (scope) => {
    const token = scope === "admin" ? api.adminToken : api.token(scope);
    const answer = await api.app.inject({
      url: "/api/v1/whoami",
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      id: expect.any(Number),
      name: expect.any(String),
      scopes: [scope],
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(answer.body).not.toContain(token);
  },
);
