import { FmgError } from "@fmg/core";

import type { Attempt } from "./attempt.ts";
import type { ContainerFacts } from "./engine/container-engine.ts";
import { persistently } from "./persistently.ts";

/** Throws when the container is not there to go on with: `runner_lost`, or `container_failed` when its own process was to blame. */
export async function assertRunning(attempt: Attempt, signal: AbortSignal): Promise<void> {
  const { engine, name } = attempt;
  const facts = await persistently(signal, () => engine.inspectContainer(name, signal));
  if (facts?.state === "running") return;
  if (facts?.state === "ended" && hasOwnProcess(attempt)) throw processEnded(facts);
  const what =
    facts === undefined ? "was removed" : `ended by itself with exit code ${facts.exitCode ?? "unknown"}`;
  throw new FmgError("runner_lost", `The container ${what} while the job ran. Run the job again.`);
}

/** The process that the config wants in place of ours did not go on. (R-DKR-2) */
export function processEnded({ exitCode }: ContainerFacts): FmgError {
  const how = `with exit code ${exitCode ?? "unknown"}`;
  return new FmgError(
    "container_failed",
    `The container's own process ended ${how}. Leave out \`entrypoint\` and \`command\` of the image, or give one that goes on.`,
  );
}

function hasOwnProcess({ input }: Attempt): boolean {
  const { executor } = input.plan;
  if (executor.kind !== "docker") return false;
  const { entrypoint, command } = executor.images[0];
  return entrypoint !== undefined || command !== undefined;
}
