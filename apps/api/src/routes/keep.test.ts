import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { getAttempt, keepUntil, setTrust } from "@fmg/db";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { runningJob, type RunningJob } from "../testing/running-job.ts";
import { startApi, type TestApi } from "../testing/start-api.ts";

jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;
let job: RunningJob;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  api = await startApi(redis);
  job = runningJob(api, ["set-up"]);
});
afterEach(() => api.close());

function keep(minutes: number, token = api.token("trigger")) {
  return api.app.inject({
    method: "POST",
    url: `/api/v1/attempts/${job.attemptId}/keep`,
    headers: { authorization: `Bearer ${token}` },
    payload: { minutes },
  });
}

test("a running attempt is asked to be kept if it fails, and the book says by whom", async () => {
  const answer = await keep(30);

  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ id: job.attemptId, keptUntil: null });
  expect(getAttempt(api.db, job.attemptId)).toMatchObject({ keepForMs: 1_800_000 });
  expect((await api.get("/api/v1/audit")).json()).toEqual({
    items: [
      {
        id: 1,
        at: expect.any(String),
        token: { id: expect.any(Number), name: "trigger" },
        ip: "127.0.0.1",
        action: "attempt.keep",
        target: `attempt ${job.attemptId}`,
        detail: "30 minutes",
        beforeHash: null,
        afterHash: null,
      },
    ],
    next: null,
  });
});

test("a kept attempt is kept longer, and one whose container is gone is a conflict", async () => {
  job.finish("failure");
  expect((await keep(1)).json()).toMatchObject({ code: "conflict" });
  keepUntil(api.db, job.attemptId, Date.now() + 1000);
  const { keptUntil } = (await keep(60)).json<{ keptUntil: string }>();
  expect(Date.parse(keptUntil) - Date.now()).toBeGreaterThan(3_500_000);
});

test("a fork's attempt is never kept, a reader may not ask for it, and the time has a limit", async () => {
  expect((await keep(30, api.token("read"))).statusCode).toBe(403);
  expect((await keep(1441)).statusCode).toBe(400);
  setTrust(api.db, job.pipelineId, "fork");
  expect((await keep(30)).json()).toMatchObject({ code: "forbidden" });
});

test("the book is read in pages, by admins alone", async () => {
  for (let time = 0; time < 3; time++) await keep(1);
  const page = (await api.get("/api/v1/audit?limit=2")).json<{ items: { id: number }[]; next: string }>();
  expect(page.items.map(({ id }) => id)).toEqual([3, 2]);
  const rest = (await api.get(`/api/v1/audit?limit=2&cursor=${page.next}`)).json();
  expect(rest).toMatchObject({ items: [{ id: 1 }], next: null });
  const headers = { authorization: `Bearer ${api.token("trigger")}` };
  expect((await api.get("/api/v1/audit", headers)).statusCode).toBe(403);
});
