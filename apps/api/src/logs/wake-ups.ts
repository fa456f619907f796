import type { Live } from "@fmg/queue";

/** Tells a reader that something of its pipeline changed. */
export interface Watch {
  /**
   * Resolves with "changed" when something changed since the last call (also between two calls), with "late" after
   * `ms`. Resolves with "late" at once when the signal is aborted.
   */
  next(ms: number, signal: AbortSignal): Promise<"changed" | "late">;
  stop(): void;
}

export interface WakeUps {
  watch(pipelineId: number): Watch;
  close(): void;
}

/** Hands the live messages to those who wait, by pipeline; one subscription for all of them. */
export function createWakeUps(live: Pick<Live, "subscribe">): WakeUps {
  const watchers = new Map<number, Set<() => void>>();
  const unsubscribe = live.subscribe(({ pipelineId }) => {
    for (const wake of watchers.get(pipelineId) ?? []) wake();
  });
  return {
    close: unsubscribe,
    watch(pipelineId) {
      const woken = watchFlag();
      const all = watchers.get(pipelineId) ?? new Set();
      watchers.set(pipelineId, all.add(woken.wake));
      return {
        next: woken.next,
        stop() {
          all.delete(woken.wake);
          if (all.size === 0) watchers.delete(pipelineId);
        },
      };
    },
  };
}

function watchFlag(): { wake: () => void; next: Watch["next"] } {
  let changed = false;
  let waiting: ((answer: "changed" | "late") => void) | undefined;
  return {
    wake() {
      if (waiting === undefined) changed = true;
      else waiting("changed");
    },
    async next(ms, signal) {
      if (changed) {
        changed = false;
        return "changed";
      }
      if (signal.aborted) return "late";
      const { promise, resolve } = Promise.withResolvers<"changed" | "late">();
      waiting = resolve;
      const stop = (): void => resolve("late");
      const timer = setTimeout(stop, ms);
      signal.addEventListener("abort", stop);
      const answer = await promise;
      waiting = undefined;
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      return answer;
    },
  };
}
