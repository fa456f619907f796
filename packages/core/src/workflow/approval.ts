import type { Instant } from "../ids.ts";
import type { Outcome, Reason } from "../status.ts";

/** Who let a hold go, when, and for which commit. */
export interface Approval {
  readonly at: Instant;
  /** The name of the token. */
  readonly by: string;
  /** The commit that was approved: 40 hex digits. */
  readonly sha: string;
  readonly note: string | null;
}

/** An approval job that waits for a person. */
export interface HeldJob {
  readonly heldAt: Instant;
  readonly approval: Approval | null;
}

/**
 * What becomes of a hold: it succeeds once somebody has approved it, and is canceled when its time is over; undefined while
 * it goes on. An approval that was given counts, however late it is seen. (R-APR-3, R-APR-4)
 */
export function heldJobMove(
  { heldAt, approval }: HeldJob,
  { now, expiresAfterMs }: { readonly now: Instant; readonly expiresAfterMs: number },
): { readonly status: Outcome; readonly reason?: Reason; readonly message: string } | undefined {
  if (approval !== null) {
    const note = approval.note === null ? "" : `: ${approval.note}`;
    return { status: "success", message: `approved by "${approval.by}"${note}` };
  }
  if (expiresAfterMs === 0 || now - heldAt < expiresAfterMs) return undefined;
  return {
    status: "canceled",
    reason: "expired",
    message: `nobody approved it since ${new Date(heldAt).toISOString()}, and its time is over`,
  };
}
