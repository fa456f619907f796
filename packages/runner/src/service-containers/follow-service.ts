import { isFinal, isFmgError, type JobOutcome } from "@fmg/core";

import type { Attempt } from "../attempt.ts";
import type { ContainerFacts } from "../engine/container-engine.ts";
import type { LastLines } from "../engine/last-lines.ts";
import { megabytes } from "../limits.ts";
import { backOff, persistently } from "../persistently.ts";
import type { ServicePlan } from "./service-plans.ts";

/**
 * Follows a service's log to its end, and tells how it ended. The daemon gives the log from its first byte each time, so after a
 * broken connection, and for a successor, the bytes up to the stored offset are passed over. (What a service writes beyond the
 * 200 MB that the daemon keeps may be missing after such a break.)
 */
export async function followService(
  attempt: Attempt,
  plan: ServicePlan,
  name: string,
  tail: LastLines,
  signal: AbortSignal,
): Promise<void> {
  const { journal, engine } = attempt;
  const pause = backOff();
  for (;;) {
    // Looked at before the log: of an ended container the log is complete.
    const facts = await persistently(signal, () => engine.inspectContainer(name, signal));
    const eventsBefore = journal.eventCount();
    await readOnce(attempt, plan, name, tail, signal);
    if (facts === undefined || facts.state === "ended") return finish(attempt, plan, facts);
    if (journal.eventCount() > eventsBefore) pause.reset();
    await pause.wait(signal);
  }
}

async function readOnce(
  { journal, engine }: Attempt,
  { index }: ServicePlan,
  name: string,
  tail: LastLines,
  signal: AbortSignal,
): Promise<void> {
  const log = journal.log(index);
  let toPass = log.rewind();
  try {
    for await (const { bytes } of engine.readLog(name, signal)) {
      tail.add(bytes);
      const passed = Math.min(toPass, bytes.length);
      toPass -= passed;
      if (passed < bytes.length) await log.write(bytes.subarray(passed));
    }
  } catch (thrown) {
    signal.throwIfAborted();
    // The daemon is asked again; what the reporter throws is not the stream's.
    if (!isFmgError(thrown) || journal.failure() !== undefined) throw thrown;
  }
}

async function finish(attempt: Attempt, plan: ServicePlan, facts: ContainerFacts | undefined): Promise<void> {
  const { journal } = attempt;
  const outcome = outcomeOf(attempt, plan, facts);
  await journal.log(plan.index).flush();
  if (outcome.message !== undefined) await journal.log(plan.index).close(outcome.message);
  const exitCode = facts?.exitCode;
  await journal.finished(plan.index, outcome, exitCode === undefined ? {} : { exitCode });
}

function outcomeOf(attempt: Attempt, { title }: ServicePlan, facts: ContainerFacts | undefined): JobOutcome {
  if (isOver(attempt)) return { status: "success", message: "Stopped at the end of the job." };
  if (facts === undefined) return failure(`The container of the service ${title} was removed.`);
  const { exitCode, outOfMemory } = facts;
  const ended = `The service ${title} ended by itself with exit code ${exitCode ?? "unknown"}.`;
  if (exitCode === 0) return { status: "success", message: ended };
  if (outOfMemory !== true) return failure(ended);
  const memory = `It reached its limit of ${megabytes(attempt.input.limits.memoryBytes)} of memory.`;
  return { status: "failure", reason: "oom_killed", message: `${ended} ${memory}` };
}

function failure(message: string): JobOutcome {
  return { status: "failure", reason: "step_failed", message };
}

/** Whether the job has nothing more to do: what ends now is ended by us, or by a predecessor. */
function isOver(attempt: Attempt): boolean {
  const { journal } = attempt;
  if (attempt.stopped() !== undefined) return true;
  return journal.headers.every(({ index, background }) => background || isFinal(journal.status(index)));
}
