import type { Instant } from "../ids.ts";
import type { Status } from "../status.ts";

/** A wish to stop something: whose, and why. It stays on the row that it was made for. */
export interface Cancellation {
  readonly at: Instant;
  readonly reason: "by_user" | "superseded" | "waited_too_long";
  /** For people: `canceled by "ada"`, `superseded by pipeline 7`. */
  readonly message: string;
}

/** A workflow that has not ended so long after it was made is canceled. (R-WST-3) */
export const workflowLifeMs = 90 * 24 * 3_600_000;

/**
 * What a cancel does to a job: one that nothing was started for ends at once; the attempts of one that was started end
 * first, and it ends with them; one that has ended stays as it is, so a cancel that comes late changes no result.
 * (R-WST-4, R-WST-5)
 */
export function reachOfCancel(status: Status, hasAttempts: boolean): "ends" | "stops-attempts" | "nothing" {
  switch (status) {
    case "pending":
    case "blocked":
    case "on_hold":
      return "ends";
    case "queued":
    case "running":
      return hasAttempts ? "stops-attempts" : "ends";
    case "success":
    case "failure":
    case "error":
    case "canceled":
    case "skipped":
      return "nothing";
  }
}
