/**
 * Finds a step that says nothing for too long (R-RUN-2). Time is monotonic; a successor tells how long the step has been silent
 * already. Bytes that wait to be stored are no silence: `alive` is called when they come and when they are stored.
 */
export interface OutputWatch {
  /** Begins to watch a step; the same step again changes nothing. */
  watch(index: number, timeoutMs: number, silentForMs: number): void;
  alive(): void;
  stop(): void;
}

/** A timer takes no more; the next one goes on. */
const longestTimer = 2 ** 31 - 1;

export function openOutputWatch(onSilence: (index: number) => void): OutputWatch {
  let watched: { index: number; timeoutMs: number; lastAlive: number } | undefined;
  let timer: NodeJS.Timeout | undefined;

  function check(): void {
    if (watched === undefined) return;
    const left = watched.lastAlive + watched.timeoutMs - performance.now();
    // Re-armed here, and not at each byte: output may come in thousands of pieces a second.
    if (left > 0) timer = setTimeout(check, Math.min(left, longestTimer));
    else {
      const { index } = watched;
      watched = undefined;
      onSilence(index);
    }
  }

  return {
    watch(index, timeoutMs, silentForMs) {
      if (watched?.index === index) return;
      clearTimeout(timer);
      watched = { index, timeoutMs, lastAlive: performance.now() - silentForMs };
      check();
    },
    alive() {
      if (watched !== undefined) watched.lastAlive = performance.now();
    },
    stop() {
      clearTimeout(timer);
      watched = undefined;
    },
  };
}
