import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { openLive, type Live } from "./live.ts";
import type { LiveChange } from "./messages.ts";
import { aRedis, type TestRedis } from "./testing/a-redis.ts";
import { heard } from "./testing/heard.ts";

// A machine that does much else at the same time is slow, not wrong.
jest.setTimeout(60_000);

let redis: TestRedis;
let one: Live;
let other: Live;

beforeAll(async () => {
  redis = await aRedis();
  one = openLive(redis.url);
  other = openLive(redis.url);
  await Promise.all([one.ready(), other.ready()]);
});
afterAll(async () => {
  await Promise.all([one.close(), other.close()]);
  await redis.remove();
});

test("what one process publishes, another one hears, until it stops listening", async () => {
  const changes = heard<LiveChange>();
  const unwanted = heard<LiveChange>();
  const stop = other.subscribe(unwanted.hear);
  const stopToo = other.subscribe(changes.hear);
  stop();
  one.publish({ pipelineId: 5, kind: "log", attemptId: 7, step: 0 });
  one.publish({ pipelineId: 5, kind: "status" });
  expect(await changes.atLeast(2)).toEqual([
    { pipelineId: 5, kind: "log", attemptId: 7, step: 0 },
    { pipelineId: 5, kind: "status" },
  ]);
  expect(unwanted.all).toEqual([]);
  stopToo();
});

test("while Redis is away publishing is harmless, and when it is back changes are heard again", async () => {
  const changes = heard<LiveChange>();
  const stop = other.subscribe(changes.hear);
  await redis.kill();
  expect(() => one.publish({ pipelineId: 1, kind: "status" })).not.toThrow();
  await redis.start();
  const publishing = setInterval(() => one.publish({ pipelineId: 2, kind: "status" }), 20);
  const [first] = await changes.atLeast(1);
  clearInterval(publishing);
  expect(first).toEqual({ pipelineId: 2, kind: "status" });
  stop();
});
