import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { Redis } from "ioredis";
import { startRedis, type TestRedis } from "./redis.ts";

// Real processes, on a machine that may be busy with other tests.
jest.setTimeout(30_000);

let redis: TestRedis;

beforeEach(async () => {
  redis = await startRedis();
});

afterEach(() => redis.close());

async function withClient<T>(work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redis.socket, { maxRetriesPerRequest: 1 });
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

test("a real redis-server answers and forgets when it is flushed", async () => {
  await withClient((client) => client.set("a", "1"));
  expect(await withClient((client) => client.get("a"))).toBe("1");

  await redis.flush();

  expect(await withClient((client) => client.get("a"))).toBeNull();
});

test("a killed server comes back empty on the same socket", async () => {
  await withClient((client) => client.set("a", "1"));

  await redis.kill();
  await redis.restart();

  expect(await withClient((client) => client.get("a"))).toBeNull();
});
