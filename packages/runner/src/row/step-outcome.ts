import { isFmgError, type JobOutcome } from "@fmg/core";

import { askContainer } from "../ask-container.ts";
import type { Attempt } from "../attempt.ts";
import { formatDuration } from "../format-duration.ts";
import { megabytes } from "../limits.ts";
import type { Frame } from "./parse-frames.ts";
import type { RowStep } from "./segments.ts";
import { volumePath } from "./step-command.ts";

type ExitFrame = Extract<Frame, { kind: "exit" }>;

/** Reports that a step has ended: the rest of its output, the runner's closing words, and its outcome. */
export async function finishStep(
  attempt: Attempt,
  { index, id, step }: RowStep,
  frame: ExitFrame,
  signal: AbortSignal,
): Promise<void> {
  const { journal } = attempt;
  if (journal.outcome(index) !== undefined) return;
  const log = journal.log(index);
  await log.flush();
  const missing = frame.size - log.received();
  const exitCode = exitCodeOf(frame);
  const outcome = journal.masked(await outcomeOf(attempt, id, step, frame, signal));
  const words = [
    ...(missing > 0 ? [`${missing} bytes of output are missing: the step cut its own log.`] : []),
    ...(outcome.message === undefined ? [] : [outcome.message]),
  ];
  if (words.length > 0) await log.close(words.join("\n"));
  await journal.finished(index, outcome, {
    ...(exitCode === undefined ? {} : { exitCode }),
    durationMs: Math.round((frame.endedAt - frame.startedAt) * 1000),
  });
}

function exitCodeOf({ code }: ExitFrame): number | undefined {
  if (code === "gone") return undefined;
  return code === "killed" ? 137 : code;
}

async function outcomeOf(
  attempt: Attempt,
  id: string,
  step: RowStep["step"],
  frame: ExitFrame,
  signal: AbortSignal,
): Promise<JobOutcome> {
  if (frame.code === 0) return { status: "success" };
  const stop = attempt.stopped();
  if (stop !== undefined) return stop;
  const exitCode = exitCodeOf(frame);
  if (exitCode === undefined) {
    return failure("The step removed its own state; its exit code is unknown.");
  }
  const exited = `Exited with code exit status ${exitCode}`;
  const why = await askWhy(attempt, id, signal);
  if (why.has("job-end")) return { status: "success", message: "Stopped at the end of the job." };
  if (why.has("timed-out")) {
    const limit = formatDuration(step.noOutputTimeoutMs);
    return {
      status: "failure",
      reason: "timed_out",
      message: `Too long with no output (exceeded ${limit}): context deadline exceeded`,
    };
  }
  if (!why.has("out-of-memory")) return failure(exited);
  const memory = `The job reached its limit of ${megabytes(attempt.input.limits.memoryBytes)} of memory`;
  // Only a child may have been killed; then the exit code is the step's own word.
  if (exitCode !== 137) return failure(`${exited}\n${memory}, and a process of it was killed.`);
  return { status: "failure", reason: "oom_killed", message: `${exited}\n${memory} and was killed.` };
}

function failure(message: string): JobOutcome {
  return { status: "failure", reason: "step_failed", message };
}

/**
 * What stands behind a bad exit code: our own marks, and the cgroup's counter (the daemon's `OOMKilled` stays false when a step
 * and not the container's own process is killed). The counter is compared with the one that the step before left in the volume.
 */
async function askWhy(attempt: Attempt, id: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const script = `cd ${volumePath}/s/$1 || exit
try=0; [ -f try ] && read -r try <try
[ -e "timed-out.$try" ] && echo timed-out
[ -e job-end ] && echo job-end
before=0 now=0; [ -r ../../oom ] && read -r before <../../oom
for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
  [ -r $file ] && while read -r key value; do [ $key = oom_kill ] && now=$value; done <$file
done
[ "$now" -gt "$before" ] && : >out-of-memory && echo $now >../../oom
[ -e out-of-memory ] && echo out-of-memory`;
  try {
    const question = { sh: script, program: ["why", id] };
    const answer = await askContainer(attempt, question, { args: [id] }, signal);
    return new Set(answer.stdout.split("\n"));
  } catch (thrown) {
    // A container that cannot answer (no process is left to it) still has its exit code.
    if (isFmgError(thrown, "container_failed")) return new Set();
    throw thrown;
  }
}
