import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";

import { openProgress, progressLine } from "./progress.ts";

describe("the bar of a transfer", () => {
  test("tells share, bytes and speed, and leaves out what a narrow terminal has no room for", () => {
    const half = { done: 1_200_000, total: 2_400_000, elapsedMs: 2000 };
    expect(progressLine(half, 80)).toBe("██████████░░░░░░░░░░   50 %  1.2 MB of 2.4 MB  600.0 KB/s");
    expect(progressLine(half, 40)).toBe("██████████░░░░░░░░░░   50 %");
    expect(progressLine({ done: 5, total: 4, elapsedMs: 0 }, 30)).toBe(`${"█".repeat(20)}  100 %`);
    expect(progressLine({ done: 0, total: 0, elapsedMs: 0 }, 30)).toContain("100 %");
  });

  test("is drawn only when the transfer takes its time, and then ten times a second", async () => {
    let clock = 0;
    const drawn: number[] = [];
    const bar = { draw: () => void drawn.push(clock), clear: () => undefined };
    async function* slow() {
      for (; clock < 1000; clock += 50) {
        await turn();
        yield new Uint8Array(10);
      }
    }
    const progress = openProgress({ bar }, 1000, () => clock);
    for await (const chunk of progress.of(slow())) expect(chunk).toHaveLength(10);
    expect(drawn).toEqual([300, 400, 500, 600, 700, 800, 900]);
  });
});
