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
  const file = `s/${id}/${mark}`;
  const asUser = {
    sh: `${leaveMark(file)}; exec sh ${volumePath}/bin/row kill ${graceSeconds} "$1"`,
    program: ["mark", file, "kill", String(graceSeconds), id],
  };
  await Promise.all([
    askContainer(attempt, asUser, { args: [id] }, signal),
    endAsRoot(attempt, file, [id], signal),
  ]);
}

/** Ends whatever of these steps runs, and leaves out the others. */
export async function cancelSteps(
  attempt: Attempt,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  // Before the first signal, whoever comes first: a step that was ended without it would let the row go on.
  const asUser = {
    sh: `${leaveMark("cancel")}; exec sh ${volumePath}/bin/row cancel ${graceSeconds} "$@"`,
    program: ["cancel", String(graceSeconds), ...ids],
  };
  await Promise.all([
    askContainer(attempt, asUser, { args: ids }, signal),
    endAsRoot(attempt, "cancel", ids, signal),
  ]);
}

function endAsRoot(
  attempt: Attempt,
  mark: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<unknown> {
  // The program finds its files by its own name, `$0`.
  const kill = ["kill", String(graceSeconds), ...ids];
  const args = [rowProgram().toString("utf8"), `${volumePath}/bin/row`, ...kill];
  const question = { sh: `${leaveMark(mark)}; exec sh -c "$@"`, program: ["mark", mark, ...kill] };
  return askContainer(attempt, question, { args, user: "0" }, signal);
}

function leaveMark(file: string): string {
  return `umask 0; : >${volumePath}/${file}`;
}
