import type { RunJobInput } from "./job-input.ts";
import { labels, resourceName, serviceName } from "./names.ts";
import type { ContainerEngine, ContainerUsage } from "./engine/container-engine.ts";

/** Removal goes on when its caller is told to stop: it has a time limit of its own. */
const removalTimeoutMs = 60_000;
const measurementTimeoutMs = 5_000;

/**
 * Removes what an attempt has in Docker, with all processes in it. Call it when the attempt's outcome is stored: until then
 * the container is the evidence that a successor needs. What is gone already is fine.
 */
export async function removeAttempt(
  engine: ContainerEngine,
  instance: string,
  attemptId: number,
): Promise<void> {
  const name = resourceName(instance, attemptId);
  const signal = AbortSignal.timeout(removalTimeoutMs);
  const removeJob = async (): Promise<void> => {
    await engine.removeContainer(name, signal);
    await engine.removeVolume(name, signal);
  };
  await Promise.all([removeJob(), removeServices(engine, instance, attemptId, signal)]);
}

/** How many services an attempt has only its plan knows; here what is there counts. */
async function removeServices(
  engine: ContainerEngine,
  instance: string,
  attemptId: number,
  signal: AbortSignal,
): Promise<void> {
  const found = await engine.listLabelled(`${labels.attempt}=${attemptId}`, signal);
  const services = found.filter(
    ({ kind, labels: own }) =>
      kind === "container" && own[labels.instance] === instance && own[labels.role] === "service",
  );
  await Promise.all(services.map(({ name }) => engine.removeContainer(name, signal)));
}

/** A container or volume that bears this instance's label; the sweep removes those whose attempt has ended. */
export interface OwnResource {
  readonly kind: "container" | "volume";
  readonly name: string;
  /** Undefined: the label is missing or not a number. */
  readonly attemptId: number | undefined;
  readonly running: boolean;
}

/** What this instance has in Docker, whoever made it. */
export async function listOwn(engine: ContainerEngine, instance: string): Promise<readonly OwnResource[]> {
  const signal = AbortSignal.timeout(removalTimeoutMs);
  const found = await engine.listLabelled(`${labels.instance}=${instance}`, signal);
  return found.map(({ kind, name, labels: own, running }) => {
    const attemptId = Number.parseInt(own[labels.attempt] ?? "", 10);
    return { kind, name, running, attemptId: Number.isNaN(attemptId) ? undefined : attemptId };
  });
}

/** Removes one of them, with all processes in it, and with the volumes that only it had. What is gone already is fine. */
export function removeOwn(
  engine: ContainerEngine,
  { kind, name }: Pick<OwnResource, "kind" | "name">,
): Promise<void> {
  const signal = AbortSignal.timeout(removalTimeoutMs);
  return kind === "container" ? engine.removeContainer(name, signal) : engine.removeVolume(name, signal);
}

/** What an attempt's containers use together now; undefined while its job's does not run. */
export async function measureAttempt(
  engine: ContainerEngine,
  { instance, attemptId, plan }: Pick<RunJobInput, "instance" | "attemptId" | "plan">,
): Promise<ContainerUsage | undefined> {
  const signal = AbortSignal.timeout(measurementTimeoutMs);
  const images = plan.executor.kind === "docker" ? plan.executor.images.length : 1;
  const services = Array.from({ length: images - 1 }, (_, at) => serviceName(instance, attemptId, at + 1));
  const [job, ...others] = await Promise.all(
    [resourceName(instance, attemptId), ...services].map((name) => engine.measureContainer(name, signal)),
  );
  return others.reduce(added, job);
}

/** A service that has ended counts no more. */
function added(sum: ContainerUsage | undefined, one: ContainerUsage | undefined): ContainerUsage | undefined {
  if (sum === undefined || one === undefined) return sum;
  return { cpuMs: sum.cpuMs + one.cpuMs, memoryBytes: sum.memoryBytes + one.memoryBytes };
}
