/** Lets at most `width` pieces of work go on at a time; the others wait in order, or leave when their signal aborts. */
export interface Gate {
  pass<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export function openGate(width: number): Gate {
  let inside = 0;
  const waiting = new Set<() => void>();

  async function enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (inside < width) {
      inside++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(admit);
        reject(signal.reason as Error);
      };
      // The place of the one who leaves passes on: `inside` stays.
      const admit = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      signal.addEventListener("abort", leave, { once: true });
      waiting.add(admit);
    });
  }

  function exit(): void {
    const [next] = waiting;
    if (next === undefined) {
      inside--;
      return;
    }
    waiting.delete(next);
    next();
  }

  return {
    async pass(signal, work) {
      await enter(signal);
      try {
        return await work();
      } finally {
        exit();
      }
    },
  };
}
