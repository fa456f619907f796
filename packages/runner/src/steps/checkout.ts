import { isFinal, type CheckoutStepPlan, type JobOutcome } from "@fmg/core";

import { askContainer } from "../ask-container.ts";
import type { Attempt } from "../attempt.ts";
import { persistently } from "../persistently.ts";
import { isOkBefore } from "../row/follow-row.ts";
import { directoryWord } from "../row/sh-words.ts";
import { volumePath } from "../row/step-command.ts";
import { describeUser, readUser } from "./prepare-home.ts";

/**
 * Puts the commit's tree, with its `.git`, into the container, owned by the step's user. Into an empty directory or over a
 * repository; a directory with other things is refused (R-CO-1, R-CO-2). Safe to repeat: a marker in the volume says that what
 * lies there is ours.
 */
export async function checkOut(attempt: Attempt, index: number, step: CheckoutStepPlan): Promise<void> {
  const { journal, engine, name, input } = attempt;
  if (isFinal(journal.status(index))) return;
  if (!admits(attempt, index, step)) {
    await journal.finished(index, { status: "skipped", reason: "condition_false" });
    return;
  }
  const signal = AbortSignal.any([attempt.handOver, attempt.stop]);
  const startedAt = performance.now();
  try {
    const target = await findTarget(attempt, index, step, signal);
    if (target === "halted") {
      await journal.finished(index, { status: "skipped", reason: "halted" });
      return;
    }
    await journal.started(index);
    await journal.say(index, `Checking out the commit into ${target.path}`);
    const { path, uid, gid } = target;
    await persistently(signal, () =>
      engine.putArchive(name, path, input.source.asTar({ prefix: "", uid, gid }, signal), signal),
    );
    await journal.finished(index, { status: "success" }, { durationMs: performance.now() - startedAt });
  } catch (thrown) {
    if (attempt.handOver.aborted) throw thrown;
    const outcome = attempt.stopped() ?? refusal(thrown);
    await journal.started(index);
    if (outcome === undefined) throw thrown;
    await journal.log(index).close(outcome.message ?? outcome.status);
    await journal.finished(index, outcome);
  }
}

/** A checkout that the config makes impossible is the author's failure. */
class CheckoutRefused extends Error {}

function refusal(thrown: unknown): JobOutcome | undefined {
  if (!(thrown instanceof CheckoutRefused)) return undefined;
  return { status: "failure", reason: "step_failed", message: thrown.message };
}

function admits(attempt: Attempt, index: number, { when }: CheckoutStepPlan): boolean {
  return when === "always" || (when === "on_success") === isOkBefore(attempt, index);
}

async function findTarget(
  attempt: Attempt,
  index: number,
  step: CheckoutStepPlan,
  signal: AbortSignal,
): Promise<"halted" | { path: string; uid: number; gid: number }> {
  const jobDirectory = directoryWord(attempt.input.plan.workingDirectory, "home");
  const target = directoryWord(step.path, "here");
  const script = `${describeUser}
[ -e ${volumePath}/halt ] && { echo halted; exit; }
mkdir -p ${jobDirectory} && cd ${jobDirectory} && mkdir -p ${target} && cd ${target} || exit
mark=${volumePath}/s/checkout-$1
if [ ! -e "$mark" ] && [ ! -e .git ]; then
  for file in * .[!.]* ..?*; do
    if [ -e "$file" ] || [ -L "$file" ]; then echo "occupied $file"; exit; fi
  done
fi
: >"$mark"
echo "path $(pwd -P)"`;
  const answer = await askContainer(attempt, script, { args: [String(index)] }, signal);
  const { uid, gid } = readUser(answer);
  const lines = answer.stdout.split("\n");
  if (lines.includes("halted")) return "halted";
  const occupant = lines.find((line) => line.startsWith("occupied "));
  if (occupant !== undefined) {
    throw new CheckoutRefused(
      `The directory for the checkout is not empty (it has ${occupant.slice(9)}), and is no git repository.`,
    );
  }
  const path = lines.find((line) => line.startsWith("path "))?.slice(5);
  if (path !== undefined) return { path, uid, gid };
  throw new CheckoutRefused(`The directory for the checkout could not be made: ${answer.stderr.trim()}`);
}
