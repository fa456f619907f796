import { setTimeout as delay } from "node:timers/promises";

import { isFmgError } from "@fmg/core";

/** A daemon that restarts needs minutes at worst; only then is its silence a result. */
export const daemonPatienceMs = 5 * 60_000;
const firstDelayMs = 200;
const longestDelayMs = 5_000;

/** Waits 0.2 s, then twice as long each time, up to 5 s. */
export function backOff(): { wait(signal: AbortSignal): Promise<void>; reset(): void } {
  let next = firstDelayMs;
  return {
    async wait(signal) {
      await delay(next, undefined, { signal });
      next = Math.min(next * 2, longestDelayMs);
    },
    reset() {
      next = firstDelayMs;
    },
  };
}

/** Repeats what may safely be repeated while the daemon does not answer, for as long as a daemon may take to come back. */
export async function persistently<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const pause = backOff();
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      signal.throwIfAborted();
      const isOver = performance.now() - startedAt > daemonPatienceMs;
      if (!isFmgError(thrown, "docker_unavailable") || isOver) throw thrown;
      await pause.wait(signal);
    }
  }
}
