import type { Bell, BellMessage } from "@fmg/queue";
import type { Logger } from "pino";

/** Rings the bell behind the answers: nobody waits, and a burst does not fill the process with pending calls. */
export interface Nudger {
  nudge(message: BellMessage): void;
  /** Rings what is still waiting, but no longer than `withinMs`. */
  drain(withinMs: number): Promise<void>;
}

/** What is rung at the same time; each takes about a millisecond of this process, which answers have first. */
const atOnce = 4;
/** Beyond it nudges are dropped: reconcile finds the rows. */
const longestQueue = 10_000;

export function createNudger(bell: Pick<Bell, "ring">, log: Pick<Logger, "warn" | "info">): Nudger {
  const waiting: BellMessage[] = [];
  let ringing = 0;
  let silent = false;
  let whenIdle = Promise.withResolvers<void>();

  async function ringAll(): Promise<void> {
    ringing += 1;
    for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) await ring(message);
    ringing -= 1;
    if (ringing === 0) whenIdle.resolve();
  }

  async function ring(message: BellMessage): Promise<void> {
    try {
      await bell.ring(message);
      if (silent) log.info("the queue takes nudges again");
      silent = false;
    } catch (error) {
      // Once for each outage: the rows are safe, and are found when Redis is back.
      if (!silent) log.warn({ err: error }, "the queue took no nudge; reconcile finds what is due");
      silent = true;
    }
  }

  return {
    nudge(message) {
      if (waiting.length >= longestQueue) return;
      waiting.push(message);
      if (ringing === 0) whenIdle = Promise.withResolvers();
      if (ringing < atOnce) void ringAll();
    },
    async drain(withinMs) {
      if (ringing === 0) return;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, withinMs);
      await Promise.race([whenIdle.promise, late]);
      clearTimeout(timer);
    },
  };
}
