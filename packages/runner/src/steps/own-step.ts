import { isFinal, type JobOutcome, type OwnStepPlan } from "@fmg/core";

import { TarRefused } from "../archive/repack-tars.ts";
import { askContainer } from "../ask-container.ts";
import type { Attempt } from "../attempt.ts";
import { isOkBefore } from "../row/follow-row.ts";
import { directoryWord } from "../row/sh-words.ts";
import { volumePath } from "../row/step-command.ts";
import { describeUser, readUser, type StepUser } from "./prepare-home.ts";

/** What an own step finds in its container. */
export interface StepPlace extends StepUser {
  /** The job's working directory, absolute, made if it was not there. */
  readonly directory: string;
  /** What the probe printed, line by line. */
  readonly answer: readonly string[];
  /** What the probe said on stderr. */
  readonly faults: string;
}

/** What an own step works with. */
export interface OwnStepContext {
  readonly attempt: Attempt;
  readonly index: number;
  readonly place: StepPlace;
  /** Aborted by a hand-over, a cancel or the job's time limit. */
  readonly signal: AbortSignal;
  /** A line for the step's log. */
  readonly say: (line: string) => Promise<void>;
  /** What is to stand beside the step's success. */
  readonly note: (note: Pick<JobOutcome, "reason" | "message">) => void;
}

/** How one kind of step is carried out. Both parts must be safe to repeat: a successor begins an unfinished step anew. */
export interface OwnStep {
  /**
   * `sh` for the first look into the container, in the job's working directory; its arguments are `$1`, `$2`… `program`: the same
   * for the static step program.
   */
  readonly probe: {
    readonly script: string;
    readonly args: readonly string[];
    readonly program: readonly string[];
  };
  carryOut(context: OwnStepContext): Promise<void>;
}

/** Why a step cannot be done, with its sentence. Mostly the config, or what the job made, rules it out: the author's failure. */
export class StepRefused extends Error {
  readonly outcome: JobOutcome;

  constructor(
    message: string,
    outcome: Omit<JobOutcome, "message"> = { status: "failure", reason: "step_failed" },
  ) {
    super(message);
    this.outcome = { ...outcome, message };
  }
}

/**
 * Carries out one own step: left out where its `when` says so or the job was halted (R-STAT-2, R-HALT-1), a failure where it is
 * refused, and the job's error where something of ours breaks. One exec asks the container all that it needs to know.
 */
export async function performStep(
  attempt: Attempt,
  index: number,
  plan: OwnStepPlan,
  step: OwnStep,
): Promise<void> {
  const { journal } = attempt;
  if (isFinal(journal.status(index))) return;
  if (!admits(attempt, index, plan)) {
    await journal.finished(index, { status: "skipped", reason: "condition_false" });
    return;
  }
  const signal = AbortSignal.any([attempt.handOver, attempt.stop]);
  const startedAt = performance.now();
  try {
    const place = await look(attempt, step, signal);
    if (place === "halted") {
      await journal.finished(index, { status: "skipped", reason: "halted" });
      return;
    }
    await journal.started(index);
    const say = (line: string): Promise<void> => journal.say(index, line);
    let noted: Pick<JobOutcome, "reason" | "message"> = {};
    await step.carryOut({ attempt, index, place, signal, say, note: (note) => (noted = note) });
    await journal.finished(
      index,
      { status: "success", ...noted },
      { durationMs: performance.now() - startedAt },
    );
  } catch (thrown) {
    if (attempt.handOver.aborted) throw thrown;
    const outcome = attempt.stopped() ?? refusalOf(thrown);
    await journal.started(index);
    if (outcome === undefined) throw thrown;
    await journal.log(index).close(outcome.message ?? outcome.status);
    await journal.finished(index, outcome);
  }
}

function refusalOf(thrown: unknown): JobOutcome | undefined {
  if (thrown instanceof StepRefused) return thrown.outcome;
  if (!(thrown instanceof TarRefused)) return undefined;
  return {
    status: "failure",
    reason: "step_failed",
    message: `The files cannot be taken: ${thrown.message}.`,
  };
}

function admits(attempt: Attempt, index: number, { when }: OwnStepPlan): boolean {
  return when === "always" || (when === "on_success") === isOkBefore(attempt, index);
}

async function look(
  attempt: Attempt,
  { probe }: OwnStep,
  signal: AbortSignal,
): Promise<StepPlace | "halted"> {
  const { workingDirectory } = attempt.input.plan;
  const directory = directoryWord(workingDirectory, "home");
  const script = `${describeUser}
[ -e ${volumePath}/halt ] && { echo halted; exit; }
mkdir -p ${directory} && cd ${directory} || exit
echo "directory $(pwd -P)"
${probe.script}`;
  const question = { sh: script, program: ["look", workingDirectory, ...probe.program] };
  const said = await askContainer(attempt, question, { args: probe.args }, signal);
  const user = readUser(said);
  const lines = said.stdout.split("\n");
  if (lines.includes("halted")) return "halted";
  const at = lines.findIndex((line) => line.startsWith("directory "));
  if (at < 0) throw new StepRefused(`The working directory could not be made: ${said.stderr.trim()}`);
  return {
    ...user,
    directory: lines[at]!.slice("directory ".length),
    answer: lines.slice(at + 1).filter((line) => line !== ""),
    faults: said.stderr.trim(),
  };
}
