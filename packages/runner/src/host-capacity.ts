import type { ContainerEngine, HostCapacity } from "./engine/container-engine.ts";

const answerTimeoutMs = 30_000;

/** CPUs and memory of the machine that the engine's daemon runs on. */
export function hostCapacity(engine: ContainerEngine): Promise<HostCapacity> {
  return engine.capacity(AbortSignal.timeout(answerTimeoutMs));
}
