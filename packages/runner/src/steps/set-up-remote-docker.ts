import { isFinal, isFmgError, type JobOutcome, type SetupRemoteDockerStepPlan } from "@fmg/core";

import { askContainer } from "../ask-container.ts";
import type { Attempt } from "../attempt.ts";
import { DaemonRefusal } from "../engine/docker/daemon.ts";
import { remoteDockerVersion } from "../engine/docker/remote-docker-version.ts";
import { isOkBefore } from "../row/follow-row.ts";
import { volumePath } from "../row/step-command.ts";

const answerTimeoutMs = 15_000;

/**
 * Lets the following steps use the operator's second Docker: the certificates lie in the attempt's volume already, and
 * `environmentOf` names the daemon once this step is a success. (R-SRD-2)
 */
export async function setUpRemoteDocker(
  attempt: Attempt,
  index: number,
  step: SetupRemoteDockerStepPlan,
): Promise<void> {
  const { journal } = attempt;
  if (isFinal(journal.status(index))) return;
  const isDue = step.when === "always" || (step.when === "on_success") === isOkBefore(attempt, index);
  if (!isDue) return journal.finished(index, { status: "skipped", reason: "condition_false" });
  const signal = AbortSignal.any([attempt.handOver, attempt.stop]);
  const startedAt = performance.now();
  try {
    const { stdout } = await askContainer(attempt, `[ -e ${volumePath}/halt ] && echo halted; :`, {}, signal);
    if (stdout !== "") return await journal.finished(index, { status: "skipped", reason: "halted" });
    await journal.started(index);
    const outcome = await offer(attempt, index, step, signal);
    if (outcome.message !== undefined) await journal.log(index).close(outcome.message);
    await journal.finished(index, outcome, { durationMs: performance.now() - startedAt });
  } catch (thrown) {
    const stop = attempt.stopped();
    if (attempt.handOver.aborted || stop === undefined) throw thrown;
    await journal.started(index);
    await journal.log(index).close(stop.message ?? stop.status);
    await journal.finished(index, stop);
  }
}

async function offer(
  { journal, input: { remoteDocker, plan } }: Attempt,
  index: number,
  step: SetupRemoteDockerStepPlan,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const say = (line: string): Promise<void> => journal.say(index, line);
  if (remoteDocker === undefined) {
    const message = "This job gets no Docker: only those of the repository's own branches do.";
    return { status: "failure", reason: "unauthorized", message };
  }
  if (remoteDocker.given === "from-start") {
    await say("A machine has Docker already: this step does nothing.");
    return { status: "success" };
  }
  const version = await versionOf(remoteDocker, signal);
  if (typeof version !== "string") return version;
  await say(`Docker ${version} is at ${remoteDocker.host}; DOCKER_HOST tells the following steps.`);
  if (step.version !== undefined && !["default", "edge", version].includes(step.version)) {
    await say(`Version ${step.version} was asked for; this is the one that there is.`);
  }
  if (step.dockerLayerCaching) await say("Layers are kept there for later jobs, of all projects.");
  await say(
    `Folders of this job's container (${plan.workingDirectory}) cannot be mounted there: copy with docker cp.`,
  );
  return { status: "success" };
}

async function versionOf(
  remoteDocker: Parameters<typeof remoteDockerVersion>[0],
  signal: AbortSignal,
): Promise<string | JobOutcome> {
  const answer = AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]);
  try {
    return await remoteDockerVersion(remoteDocker, answer);
  } catch (thrown) {
    signal.throwIfAborted();
    const isExpected = isFmgError(thrown) || thrown instanceof DaemonRefusal || answer.aborted;
    if (!isExpected) throw thrown;
    const said = thrown instanceof Error ? thrown.message : "no answer";
    return {
      status: "error",
      reason: "docker_unavailable",
      message: `The remote Docker cannot be used. ${said}`,
    };
  }
}
