import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { listen, type Listener, type ListenOptions } from "./listen.ts";
import type { BellMessage, QueueName } from "./messages.ts";
import { openBell, type Bell } from "./ring.ts";
import { aRedis, type TestRedis } from "./testing/a-redis.ts";
import { heard } from "./testing/heard.ts";

// A machine that does much else at the same time is slow, not wrong.
jest.setTimeout(60_000);

let redis: TestRedis;
let bell: Bell;
const listeners: Listener[] = [];

beforeAll(async () => {
  redis = await aRedis();
});
afterAll(() => redis.remove());
beforeEach(() => {
  bell = openBell(redis.url);
});
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
  await bell.close();
  await redis.flush();
});

function hearing<Q extends QueueName>(options: ListenOptions<Q>): Listener {
  const listener = listen(redis.url, options);
  listeners.push(listener);
  return listener;
}

test.each<BellMessage>([
  { queue: "pipelines", pipelineId: 1 },
  { queue: "workflows", workflowId: 2 },
  { queue: "statuses", outboxId: 3 },
  { queue: "jobs", label: "default", attemptId: 4 },
])("who listens hears %j", async (message) => {
  const messages = heard<BellMessage>();
  hearing({ queue: message.queue, concurrency: 1, handle: async (told) => messages.hear(told) });
  await bell.ring(message);
  expect(await messages.atLeast(1)).toEqual([message]);
});

test("a nudge that comes while its workflow is being handled is heard at once afterwards", async () => {
  const started = heard<number>();
  const barrier = Promise.withResolvers<void>();
  let run = 0;
  hearing({
    queue: "workflows",
    concurrency: 4,
    handle: async () => {
      run += 1;
      started.hear(performance.now());
      if (run === 1) await barrier.promise;
    },
  });
  await bell.ring({ queue: "workflows", workflowId: 7 });
  await started.atLeast(1);

  // Three nudges while the first is held: one more run is enough, and it must not run beside the first.
  for (let nudge = 0; nudge < 3; nudge += 1) await bell.ring({ queue: "workflows", workflowId: 7 });
  await bell.ring({ queue: "workflows", workflowId: 8 });
  await started.atLeast(2);
  expect(started.all).toHaveLength(2);
  const released = performance.now();
  barrier.resolve();

  const [, , second = Infinity] = await started.atLeast(3);
  expect(second - released).toBeLessThan(10_000);
  await bell.ring({ queue: "workflows", workflowId: 9 });
  await started.atLeast(4);
  expect(started.all).toHaveLength(4);
});

test("nudges of one row that nobody heard yet are one", async () => {
  for (let nudge = 0; nudge < 5; nudge += 1) await bell.ring({ queue: "pipelines", pipelineId: 1 });
  for (let nudge = 0; nudge < 5; nudge += 1)
    await bell.ring({ queue: "jobs", label: "default", attemptId: 1 });
  const messages = heard<BellMessage>();
  hearing({ queue: "pipelines", concurrency: 1, handle: async (told) => messages.hear(told) });
  hearing({ queue: "jobs", concurrency: 1, handle: async (told) => messages.hear(told) });
  await messages.atLeast(2);
  await bell.ring({ queue: "pipelines", pipelineId: 2 });
  await messages.atLeast(3);
  expect(messages.all).toHaveLength(3);
});

test("an attempt can be rung for again after it was handled", async () => {
  const messages = heard<BellMessage>();
  hearing({ queue: "jobs", concurrency: 1, handle: async (told) => messages.hear(told) });
  await bell.ring({ queue: "jobs", label: "default", attemptId: 1 });
  await messages.atLeast(1);
  await bell.ring({ queue: "jobs", label: "default", attemptId: 2 });
  await messages.atLeast(2);
  await bell.ring({ queue: "jobs", label: "default", attemptId: 1 });
  await messages.atLeast(3);
});

test("labels are queues of their own", async () => {
  const messages = heard<BellMessage>();
  hearing({ queue: "jobs", label: "gpu", concurrency: 1, handle: async (told) => messages.hear(told) });
  await bell.ring({ queue: "jobs", label: "default", attemptId: 1 });
  await bell.ring({ queue: "jobs", label: "gpu", attemptId: 2 });
  expect(await messages.atLeast(1)).toEqual([{ queue: "jobs", label: "gpu", attemptId: 2 }]);
});

test("a handler's error is told and forgotten: the next message is handled", async () => {
  const errors = heard<unknown>();
  const messages = heard<BellMessage>();
  const log = { error: errors.hear, warn: () => undefined, debug: () => undefined };
  hearing({
    queue: "pipelines",
    concurrency: 1,
    log,
    handle: async (told) => {
      messages.hear(told);
      if (told.pipelineId === 1) throw new Error("the database is away");
    },
  });
  await bell.ring({ queue: "pipelines", pipelineId: 1 });
  expect(await errors.atLeast(1)).toMatchObject([{ err: { message: "the database is away" } }]);
  await bell.ring({ queue: "pipelines", pipelineId: 2 });
  await bell.ring({ queue: "pipelines", pipelineId: 1 });
  expect(await messages.atLeast(3)).toHaveLength(3);
});

test("an empty Redis is a normal case: whoever listens goes on, also from within a handler", async () => {
  const messages = heard<number>();
  const barrier = Promise.withResolvers<void>();
  hearing({
    queue: "workflows",
    concurrency: 1,
    handle: async (told) => {
      messages.hear(told.workflowId);
      if (told.workflowId === 1) await barrier.promise;
    },
  });
  await bell.ring({ queue: "workflows", workflowId: 1 });
  await messages.atLeast(1);
  await bell.ring({ queue: "workflows", workflowId: 2 });
  await redis.flush();
  barrier.resolve();
  await bell.ring({ queue: "workflows", workflowId: 3 });
  expect((await messages.atLeast(2)).at(-1)).toBe(3);
});

test("when Redis dies a nudge fails at once, and when it is back everybody goes on by themselves", async () => {
  const messages = heard<number>();
  hearing({ queue: "workflows", concurrency: 1, handle: async (told) => messages.hear(told.workflowId) });
  await bell.ring({ queue: "workflows", workflowId: 1 });
  await messages.atLeast(1);

  await redis.kill();
  const before = performance.now();
  await expect(bell.ring({ queue: "workflows", workflowId: 2 })).rejects.toThrow(
    /closed|enableOfflineQueue|ECONNREFUSED|ENOENT/,
  );
  expect(performance.now() - before).toBeLessThan(4_000);
  await redis.start();

  // Reconcile rings again now and then, until somebody hears it.
  const ringing = setInterval(
    () => void bell.ring({ queue: "workflows", workflowId: 3 }).catch(() => undefined),
    50,
  );
  expect((await messages.atLeast(2))[1]).toBe(3);
  clearInterval(ringing);
});

test("closing takes nothing new, tells the handlers and waits for them", async () => {
  const started = heard<number>();
  const ended = heard<number>();
  const listener = listen(redis.url, {
    queue: "jobs",
    concurrency: 1,
    handle: async (told, signal) => {
      started.hear(told.attemptId);
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      ended.hear(told.attemptId);
    },
  });
  await bell.ring({ queue: "jobs", label: "default", attemptId: 1 });
  await bell.ring({ queue: "jobs", label: "default", attemptId: 2 });
  await started.atLeast(1);

  await listener.close();

  expect(ended.all).toEqual([1]);
  hearing({ queue: "jobs", concurrency: 1, handle: async (told) => started.hear(told.attemptId) });
  expect(await started.atLeast(2)).toEqual([1, 2]);
});

test("closing does not wait for a handler that never ends, and its message is handed to another", async () => {
  const started = heard<number>();
  const stuck = listen(redis.url, {
    queue: "jobs",
    concurrency: 1,
    handle: async (told) => {
      started.hear(told.attemptId);
      await new Promise(() => undefined);
    },
  });
  await bell.ring({ queue: "jobs", label: "default", attemptId: 1 });
  await started.atLeast(1);
  const before = performance.now();
  await stuck.close(100);
  expect(performance.now() - before).toBeLessThan(4_000);

  hearing({ queue: "jobs", concurrency: 1, handle: async (told) => started.hear(told.attemptId) });
  expect(await started.atLeast(2)).toEqual([1, 1]);
});
