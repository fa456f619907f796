import { FmgError } from "@fmg/core";

import type { Attempt } from "./attempt.ts";
import type { ContainerFacts } from "./engine/container-engine.ts";
import { readLastLines, tellLastLines } from "./engine/last-lines.ts";
import { persistently } from "./persistently.ts";

/** Throws when the container is not there to go on with: `runner_lost`, or `container_failed` when its own process was to blame. */
export async function assertRunning(attempt: Attempt, signal: AbortSignal): Promise<void> {
  const { engine, name } = attempt;
  const facts = await persistently(signal, () => engine.inspectContainer(name, signal));
  if (facts?.state === "running") return;
  if (facts?.state === "ended" && hasOwnProcess(attempt)) throw await processEnded(attempt, facts, signal);
  const what =
    facts === undefined ? "was removed" : `ended by itself with exit code ${facts.exitCode ?? "unknown"}`;
  throw new FmgError("runner_lost", `The container ${what} while the job ran. Run the job again.`);
}

/** The process that the config or the image wants in place of ours did not go on. (R-DKR-2) */
export async function processEnded(
  { engine, name }: Attempt,
  { exitCode }: ContainerFacts,
  signal: AbortSignal,
): Promise<FmgError> {
  const how = `with exit code ${exitCode ?? "unknown"}`;
  const last = tellLastLines(await persistently(signal, () => readLastLines(engine, name, signal)));
  return new FmgError(
    "container_failed",
    `The container's own process ended ${how}. Leave out \`entrypoint\` and \`command\` of the image, or give one that goes on.${last}`,
  );
}

function hasOwnProcess({ input }: Attempt): boolean {
  const { executor } = input.plan;
  if (executor.kind !== "docker") return false;
  const { entrypoint, command } = executor.images[0];
  return entrypoint !== undefined || command !== undefined;
}
