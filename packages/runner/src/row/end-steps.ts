import { askContainer, type Question } from "../ask-container.ts";
import type { Attempt } from "../attempt.ts";
import { rowProgram } from "./row-program.ts";
import { volumePath } from "./step-command.ts";

/** Between the polite signal and the one that nothing survives. (R-LIFE-2) */
const graceSeconds = 10;
/** The longest that ending a step may take: the grace, the KILL, and the way of its last frame. */
export const endingTimeoutMs = (graceSeconds + 30) * 1000;

/**
 * Ends the processes of a background step (TERM, after 10 s KILL). Why it ended is kept in the container as a file, for a
 * successor that sees only 137 or 143. Twice: as the step's user, who may read the marks of its own
 * processes, and as root for those that it started through sudo. Root takes the program from us, not from a volume that the
 * job can write.
 */
export async function endBackgroundStep(attempt: Attempt, id: string, signal: AbortSignal): Promise<void> {
  // Both leave the mark before their first signal, whoever comes first; the other must be able to write it again.
  const file = `s/${id}/job-end`;
  const asUser = {
    sh: `${leaveMark(file)}; exec sh ${volumePath}/bin/row kill ${graceSeconds} "$1"`,
    program: ["mark", file, "kill", String(graceSeconds), id],
  };
  await Promise.all([
    askContainer(attempt, asUser, { args: [id] }, signal),
    killAsRoot(attempt, file, [id], signal),
  ]);
}

/**
 * Ends the present try of a step that has said nothing since its output had that many bytes; the row goes on, or the step's next
 * try. Nothing where a later try has begun: what the silent one said last was on its way.
 */
export async function endSilentStep(
  attempt: Attempt,
  { id, bytes }: { readonly id: string; readonly bytes: number },
  signal: AbortSignal,
): Promise<void> {
  const late = ["late", String(graceSeconds), String(bytes), id];
  const asUser = { sh: `exec sh ${volumePath}/bin/row "$@"`, program: late };
  await Promise.all([
    askContainer(attempt, asUser, { args: late }, signal),
    askRoot(attempt, { sh: "", program: late }, late, signal),
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
    killAsRoot(attempt, "cancel", ids, signal),
  ]);
}

function killAsRoot(
  attempt: Attempt,
  mark: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<unknown> {
  const kill = ["kill", String(graceSeconds), ...ids];
  return askRoot(attempt, { sh: `${leaveMark(mark)}; `, program: ["mark", mark, ...kill] }, kill, signal);
}

function askRoot(
  attempt: Attempt,
  first: Question,
  words: readonly string[],
  signal: AbortSignal,
): Promise<unknown> {
  // The program finds its files by its own name, `$0`.
  const args = [rowProgram().toString("utf8"), `${volumePath}/bin/row`, ...words];
  const question = { sh: `${first.sh}exec sh -c "$@"`, program: first.program };
  return askContainer(attempt, question, { args, user: "0" }, signal);
}

function leaveMark(file: string): string {
  return `umask 0; : >${volumePath}/${file}`;
}
