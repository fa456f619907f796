import type { Finding } from "@fmg/core";

/** A finding, and what mends it; without `mend` only a person can. */
export interface Disagreement extends Omit<Finding, "mending"> {
  readonly mend?: () => void | Promise<void>;
}
