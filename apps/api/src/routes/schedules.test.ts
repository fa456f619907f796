import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { asProjectId } from "@fmg/core";
import { acceptDelivery, setConfigSchedules } from "@fmg/db";
import { aPush } from "@fmg/db/testing";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { startApi, type TestApi } from "../testing/start-api.ts";

jest.setTimeout(30_000);

const now = Date.parse("2024-03-30T12:00:00Z");
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

function call(method: "POST" | "DELETE", path: string, payload?: object, token = api.token("trigger")) {
  const headers = { authorization: `Bearer ${token}` };
  return api.app.inject({
    method,
    url: `/api/v1${path}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
}
const create = (payload: object) => call("POST", "/projects/octo/repo/schedules", payload);
const list = async () =>
  (await api.get("/api/v1/projects/octo/repo/schedules")).json<{ items: { id: number }[] }>().items;

test("a schedule is made with its time zone and parameters, listed with its next three times, and deleted (R-SCH-5)", async () => {
  const parameters = { full: true };
  const made = await create({ name: "nightly", cron: "30 2 * * *", timeZone: "Europe/Berlin", parameters });

  expect(made.statusCode).toBe(201);
  expect(made.json()).toMatchObject({
    name: "nightly",
    branch: "main",
    tag: null,
    workflow: null,
    parameters,
    createdBy: "trigger",
    // At night on 31 March there is no half past two.
    nextTimes: ["2024-03-31T01:30:00.000Z", "2024-04-01T00:30:00.000Z", "2024-04-02T00:30:00.000Z"],
  });
  const items = await list();
  expect(items).toEqual([made.json()]);
  expect((await call("DELETE", `/schedules/${items[0]!.id}`)).statusCode).toBe(200);
  expect(await list()).toEqual([]);
  expect((await call("DELETE", `/schedules/${items[0]!.id}`)).statusCode).toBe(404);
  const actions = (await api.get("/api/v1/audit")).json<{ items: { action: string }[] }>().items;
  expect(actions.map(({ action }) => action)).toEqual(["schedule.delete", "schedule.create"]);
});

test("steps, names and ranges of a cron line are taken, and what is no timetable is refused in words (R-SCH-2)", async () => {
  const crons = [
    "*/5 0,6-8 * jan-mar Mon-Fri",
    "0 0 1 * 7",
    "* * * * * *",
    "@daily",
    "0 0 L * *",
    "61 * * * *",
    "0 0 30 2 *",
  ];
  const answers = [];
  for (const cron of crons) answers.push(await create({ name: "x", cron }));
  answers.push(await create({ name: "x", cron: "0 0 * * *", timeZone: "Mars/Base" }));
  answers.push(await create({ name: "x", cron: "0 0 * * *", branch: "a", tag: "b" }));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 400, 400, 400, 400, 400, 400, 400]);
  expect(answers[7]!.json<{ detail: string }>().detail).toContain("Mars/Base");
});

test("the schedules of a config are listed, and only its config removes them (R-SCH-3)", async () => {
  const place = { projectId: asProjectId(1), branch: "main", at: now };
  setConfigSchedules(api.db, place, [{ workflow: "nightly", cron: "0 0 * * *" }]);
  const [row] = await list();
  expect(row).toMatchObject({ workflow: "nightly", branch: "main", timeZone: "UTC" });
  expect((await call("DELETE", `/schedules/${row!.id}`)).statusCode).toBe(409);
  setConfigSchedules(api.db, place, []);
  expect(await list()).toEqual([]);
});

test("a reader makes no schedule, and an unknown repository has none", async () => {
  const schedule = { name: "x", cron: "0 0 * * *" };
  const path = "/projects/octo/repo/schedules";
  expect((await call("POST", path, schedule, api.token("read"))).statusCode).toBe(403);
  expect((await call("POST", "/projects/octo/none/schedules", schedule)).statusCode).toBe(404);
});
