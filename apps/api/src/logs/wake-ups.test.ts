import { describe, expect, test } from "@jest/globals";
import type { LiveChange } from "@fmg/queue";

import { createWakeUps } from "./wake-ups.ts";

const never = new AbortController().signal;
const long = 60_000;

function aLive() {
  let tell: (change: LiveChange) => void = () => undefined;
  let subscribed = 0;
  return {
    subscribed: () => subscribed,
    tell: (pipelineId: number) => tell({ pipelineId, kind: "log" }),
    subscribe(handler: (change: LiveChange) => void) {
      tell = handler;
      subscribed += 1;
      return () => void (subscribed -= 1);
    },
  };
}

describe("a watch", () => {
  test("wakes its reader for its pipeline, and for no other", async () => {
    const live = aLive();
    const wakeUps = createWakeUps(live);
    const [one, other] = [wakeUps.watch(1), wakeUps.watch(2)];
    const woken = one.next(long, never);

    live.tell(1);

    expect(await woken).toBe("changed");
    expect(await other.next(1, never)).toBe("late");
  });

  test("does not lose what changed while its reader was busy", async () => {
    const live = aLive();
    const watch = createWakeUps(live).watch(1);

    live.tell(1);
    live.tell(1);

    expect(await watch.next(long, never)).toBe("changed");
    expect(await watch.next(1, never)).toBe("late");
  });

  test("ends its waiting with the signal", async () => {
    const watch = createWakeUps(aLive()).watch(1);
    const stop = new AbortController();
    const waiting = watch.next(long, stop.signal);

    stop.abort();

    expect(await waiting).toBe("late");
    expect(await watch.next(long, stop.signal)).toBe("late");
  });

  test("hears nothing any more once it is stopped; all share one subscription", async () => {
    const live = aLive();
    const wakeUps = createWakeUps(live);
    const watches = [wakeUps.watch(1), wakeUps.watch(1), wakeUps.watch(2)];
    watches[0]?.stop();

    live.tell(1);

    expect(await watches[0]?.next(1, never)).toBe("late");
    expect(await watches[1]?.next(long, never)).toBe("changed");
    expect(live.subscribed()).toBe(1);
    wakeUps.close();
    expect(live.subscribed()).toBe(0);
  });
});
