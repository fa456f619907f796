import type { Status } from "../status.ts";

/** What people want to hear of a workflow on a branch: it does not pass any more, or it passes again. */
export type StateChange = "broken" | "fixed";

/**
 * How the outcome of a workflow changes the state of its branch, given the newest outcome before it (undefined: the first of
 * its name there). What was canceled or skipped says nothing about the branch, and neither changes it nor counts as before.
 */
export function stateChange(outcome: Status, before: Status | undefined): StateChange | undefined {
  const wasBroken = before === "failure" || before === "error";
  if (outcome === "success") return wasBroken ? "fixed" : undefined;
  if (outcome === "failure" || outcome === "error") return wasBroken ? undefined : "broken";
  return undefined;
}
