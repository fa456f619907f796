import { askContainer } from "../ask-container.ts";
import type { Attempt } from "../attempt.ts";
import { rowProgram } from "./row-program.ts";
import { volumePath } from "./step-command.ts";

/** Between the polite signal and the one that nothing survives. (R-LIFE-2) */
const graceSeconds = 10;
/** The longest that ending a step may take: the grace, the KILL, and the way of its last frame. */
export const endingTimeoutMs = (graceSeconds + 30) * 1000;

/** Why a step is ended; kept in the container as a file, for a successor that sees only 137 or 143. */
export type EndingMark = "timed-out" | "job-end";

/**
 * Ends one step's processes (TERM, after 10 s KILL); the row goes on. Twice: as the step's user, who may read the marks of its own
 * processes, and as root for those that it started through sudo. Root takes the program from us, not from a volume that the
 * job can write.
 */
export async function endStep(
  attempt: Attempt,
  id: string,
  mark: EndingMark,
  signal: AbortSignal,
): Promise<void> {
  // Both leave the mark before their first signal, whoever comes first; the other must be able to write it again.
  const leaveMark = `umask 0; : >${volumePath}/s/${id}/${mark}`;
  const asUser = `${leaveMark}; exec sh ${volumePath}/bin/row kill ${graceSeconds} "$1"`;
  await Promise.all([
    askContainer(attempt, asUser, { args: [id] }, signal),
    endAsRoot(attempt, leaveMark, [id], signal),
  ]);
}

/** Ends whatever of these steps runs, and leaves out the others. */
export async function cancelSteps(
  attempt: Attempt,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  // Before the first signal, whoever comes first: a step that was ended without it would let the row go on.
  const leaveMark = `umask 0; : >${volumePath}/cancel`;
  const asUser = `${leaveMark}; exec sh ${volumePath}/bin/row cancel ${graceSeconds} "$@"`;
  await Promise.all([
    askContainer(attempt, asUser, { args: ids }, signal),
    endAsRoot(attempt, leaveMark, ids, signal),
  ]);
}

function endAsRoot(
  attempt: Attempt,
  before: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<unknown> {
  // The program finds its files by its own name, `$0`.
  const script = `${before}; exec sh -c "$@"`;
  const args = [rowProgram().toString("utf8"), `${volumePath}/bin/row`, "kill", String(graceSeconds), ...ids];
  return askContainer(attempt, script, { args, user: "0" }, signal);
}
