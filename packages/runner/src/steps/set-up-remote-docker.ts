import { isFmgError, type SetupRemoteDockerStepPlan } from "@fmg/core";

import type { Attempt } from "../attempt.ts";
import { DaemonRefusal } from "../engine/docker/daemon.ts";
import { remoteDockerFacts, type RemoteDockerFacts } from "../engine/docker/remote-docker-facts.ts";
import { megabytes } from "../limits.ts";
import { StepRefused, type OwnStep } from "./own-step.ts";

const answerTimeoutMs = 15_000;

/**
 * Lets the following steps use the operator's second Docker: the certificates lie in the attempt's volume already, and
 * `environmentOf` names the daemon once this step is a success. (R-SRD-2)
 */
export function setUpRemoteDocker(step: SetupRemoteDockerStepPlan): OwnStep {
  return {
    probe: { script: "", args: [], program: [] },
    carryOut: ({ attempt, say, signal }) => offer(attempt, step, say, signal),
  };
}

async function offer(
  { input: { remoteDocker, plan, trusted } }: Attempt,
  step: SetupRemoteDockerStepPlan,
  say: (line: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (remoteDocker === undefined && trusted) {
    // Only a machine's plan comes here without one. (R-SRD-1)
    await say("No second Docker is offered on this machine: this step does nothing.");
    return;
  }
  if (remoteDocker === undefined) {
    const message = "This job gets no Docker: only those of the repository's own branches do.";
    throw new StepRefused(message, { status: "failure", reason: "unauthorized" });
  }
  if (remoteDocker.given === "from-start") {
    await say("A machine has Docker already: this step does nothing.");
    return;
  }
  const { version, cpus, memoryBytes } = await factsOf(remoteDocker, signal);
  await say(`Docker ${version} is at ${remoteDocker.host}; DOCKER_HOST tells the following steps.`);
  await say(
    `It has ${cpus} CPUs and ${megabytes(memoryBytes)} of memory, for all jobs together; this job's own would be of the class ${remoteClass(plan.resourceClass)}.`,
  );
  if (step.version !== undefined && !["default", "edge", version].includes(step.version)) {
    await say(`Version ${step.version} was asked for; this is the one that there is.`);
  }
  if (step.dockerLayerCaching) await say("Layers are kept there for later jobs, of all projects.");
  await say(
    `Folders of this job's container (${plan.workingDirectory}) cannot be mounted there: copy with docker cp.`,
  );
}

/** CircleCI's machine beside a job of that class. Here all share one, and its size is the operator's. (R-RC-5) */
export function remoteClass(ofJob = "medium"): string {
  switch (ofJob) {
    case "small":
      return "medium";
    case "medium+":
      return "large";
    default:
      return ofJob;
  }
}

async function factsOf(
  remoteDocker: Parameters<typeof remoteDockerFacts>[0],
  signal: AbortSignal,
): Promise<RemoteDockerFacts> {
  const answer = AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]);
  try {
    return await remoteDockerFacts(remoteDocker, answer);
  } catch (thrown) {
    signal.throwIfAborted();
    const isExpected = isFmgError(thrown) || thrown instanceof DaemonRefusal || answer.aborted;
    if (!isExpected) throw thrown;
    const said = thrown instanceof Error ? thrown.message : "no answer";
    throw new StepRefused(`The remote Docker cannot be used. ${said}`, {
      status: "error",
      reason: "docker_unavailable",
    });
  }
}
