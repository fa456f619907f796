import type { Instant } from "@fmg/core";

/** Delivers what is to leave the house. */
export interface Sender {
  /** Delivers what is due. Returns when something is due next; undefined when nothing is, or another process delivers. */
  deliver(signal: AbortSignal): Promise<Instant | undefined>;
}
