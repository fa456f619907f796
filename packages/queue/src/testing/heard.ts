import { once, EventEmitter } from "node:events";

/** Collects what a handler was told, so that a test can wait for it instead of sleeping. */
export interface Heard<T> {
  readonly all: readonly T[];
  readonly hear: (what: T) => void;
  /** Resolves when at least `count` were heard; after the deadline it throws, with what was heard until then. */
  atLeast(count: number): Promise<readonly T[]>;
}

const DEADLINE_MS = 40_000;

export function heard<T>(): Heard<T> {
  const all: T[] = [];
  const events = new EventEmitter();
  return {
    all,
    hear(what) {
      all.push(what);
      events.emit("heard");
    },
    async atLeast(count) {
      const signal = AbortSignal.timeout(DEADLINE_MS);
      while (all.length < count) {
        await once(events, "heard", { signal }).catch(() => {
          throw new Error(`heard ${all.length} of ${count}: ${JSON.stringify(all)}`);
        });
      }
      return all;
    },
  };
}
