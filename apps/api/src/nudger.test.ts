import { describe, expect, test } from "@jest/globals";
import type { BellMessage } from "@fmg/queue";

import { createNudger } from "./nudger.ts";

const message = (pipelineId: number): BellMessage => ({ queue: "pipelines", pipelineId });

function aLog() {
  const lines: string[] = [];
  const note = (_: unknown, text?: string): void => void lines.push(text ?? String(_));
  return { lines, warn: note, info: note };
}

describe("the nudger", () => {
  test("rings for everything in its order, a few at a time", async () => {
    const rung: number[] = [];
    let now = 0;
    let most = 0;
    const bell = {
      async ring(nudge: BellMessage) {
        most = Math.max(most, (now += 1));
        await new Promise(setImmediate);
        if ("pipelineId" in nudge) rung.push(nudge.pipelineId);
        now -= 1;
      },
    };
    const nudger = createNudger(bell, aLog());

    for (let id = 1; id <= 100; id += 1) nudger.nudge(message(id));
    await nudger.drain(5_000);

    expect(rung).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
    expect(most).toBe(4);
  });

  test("tells of an outage once, and of its end", async () => {
    let away = true;
    const log = aLog();
    const nudger = createNudger(
      { ring: async () => (away ? Promise.reject(new Error("away")) : undefined) },
      log,
    );

    for (let id = 1; id <= 10; id += 1) nudger.nudge(message(id));
    await nudger.drain(5_000);
    away = false;
    nudger.nudge(message(11));
    await nudger.drain(5_000);

    expect(log.lines).toEqual([
      "the queue took no nudge; reconcile finds what is due",
      "the queue takes nudges again",
    ]);
  });

  test("waits no longer than it is allowed to", async () => {
    const held = Promise.withResolvers<void>();
    const nudger = createNudger({ ring: () => held.promise }, aLog());
    nudger.nudge(message(1));

    await nudger.drain(10);

    held.resolve();
    await nudger.drain(5_000);
  });

  test("drops what is more than it can keep, for reconcile finds the rows", async () => {
    let rung = 0;
    const held = Promise.withResolvers<void>();
    const nudger = createNudger({ ring: () => ((rung += 1), held.promise) }, aLog());

    for (let id = 1; id <= 20_000; id += 1) nudger.nudge(message(id));
    held.resolve();
    await nudger.drain(5_000);

    expect(rung).toBe(10_004);
  });
});
