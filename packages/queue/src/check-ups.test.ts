import type { Finding } from "@fmg/core";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { openCheckUps, serveCheckUps, type CheckUps } from "./check-ups.ts";
import { aRedis, type TestRedis } from "./testing/a-redis.ts";

// A machine that does much else at the same time is slow, not wrong.
jest.setTimeout(60_000);

let redis: TestRedis;
let checkUps: CheckUps;
beforeAll(async () => {
  redis = await aRedis();
  checkUps = openCheckUps(redis.url);
});
afterAll(async () => {
  await checkUps.close();
  await redis.remove();
});

const finding: Finding = { area: "docker", what: "a", cause: "b", next: "c", mending: "possible" };
const fail = (error: unknown) => {
  throw error;
};

test("everybody who serves check-ups is asked, and answers for itself", async () => {
  const servers = ["one", "other"].map((host) =>
    serveCheckUps(redis.url, async (mode) => ({ host, findings: mode === "mend" ? [] : [finding] }), fail),
  );
  await Promise.all(servers.map((server) => server.ready()));
  const looked = await checkUps.ask("look", 30_000);
  const mended = await checkUps.ask("mend", 30_000);
  await Promise.all(servers.map((server) => server.close()));
  expect(looked.asked).toBe(2);
  expect(looked.answers.map(({ host }) => host).sort()).toEqual(["one", "other"]);
  expect(looked.answers.map(({ findings }) => findings)).toEqual([[finding], [finding]]);
  expect(mended.answers.map(({ findings }) => findings)).toEqual([[], []]);
});

test("where nobody serves them the answer comes at once, and is nobody's", async () => {
  expect(await checkUps.ask("look", 3_600_000)).toEqual({ asked: 0, answers: [] });
});

test("who does not answer in time is known to have been asked", async () => {
  const errors: unknown[] = [];
  const ill = serveCheckUps(
    redis.url,
    () => Promise.reject(new Error("ill")),
    (error) => errors.push(error),
  );
  await ill.ready();
  expect(await checkUps.ask("look", 50)).toEqual({ asked: 1, answers: [] });
  await ill.close();
  expect(errors).toEqual([new Error("ill")]);
});

test("without Redis asking fails instead of waiting", async () => {
  const gone = await aRedis();
  const asking = openCheckUps(gone.url);
  await gone.remove();
  await expect(asking.ask("look", 3_600_000)).rejects.toThrow(/closed|ENOENT|max retries/i);
  await asking.close();
});
