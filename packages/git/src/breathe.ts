import { setImmediate } from "node:timers/promises";

/** The longest time that unpacking holds the event loop, so that leases and heartbeats of the same process go on. */
const SLICE_MS = 10;

/** Returns a function to await in a long loop: it lets the event loop turn whenever the slice is used up. */
export function createBreather(): () => Promise<void> | undefined {
  let sliceEnds = performance.now() + SLICE_MS;
  return () => {
    if (performance.now() < sliceEnds) return undefined;
    return setImmediate().then(() => {
      sliceEnds = performance.now() + SLICE_MS;
    });
  };
}
