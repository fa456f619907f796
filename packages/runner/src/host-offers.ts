import type { BuildJobPlan, Secret } from "@fmg/core";

/** What the operator of this host offers beyond containers. */
export interface HostOffers {
  /** The Docker image that stands in for a machine image, by the latter's name; `default` for all others. (R-MCH-2) */
  readonly machineImages: ReadonlyMap<string, string>;
  /** Undefined: no job gets a Docker of its own. */
  readonly remoteDocker?: RemoteDocker;
}

/** A second Docker daemon, which the operator runs for jobs: never the one that jobs are containers of. (R-SRD-2) */
export interface RemoteDocker {
  /** `tcp://HOST:PORT`, as it is reached from a job's container. */
  readonly host: string;
  /** PEM texts: without them every container on the network could use the daemon. */
  readonly certificates: { readonly ca: string; readonly certificate: string; readonly key: Secret };
}

/** A second Docker for a job: from its first step on (a `machine`), or after its `setup_remote_docker`. */
export interface JobDocker extends RemoteDocker {
  readonly given: "from-start" | "by-step";
}

/** The name of the machine image that stands for all those which the operator has none for. */
const fallback = "default";

/** The image for a job that asks for a machine. (R-MCH-1, R-MCH-2) */
export function machineImage(
  { machineImages }: Pick<HostOffers, "machineImages">,
  asked: string | undefined,
): string | undefined {
  return machineImages.get(asked ?? fallback) ?? machineImages.get(fallback);
}

/** The plan of a `machine` job as one for a container, with what its author should know; any other plan as it is. */
export function withMachineImage(
  plan: BuildJobPlan,
  offers: Pick<HostOffers, "machineImages">,
): { readonly plan: BuildJobPlan; readonly notices: readonly string[] } {
  const { executor } = plan;
  if (executor.kind !== "machine") return { plan, notices: [] };
  const image = machineImage(offers, executor.image);
  if (image === undefined) return { plan, notices: [] };
  const { range } = executor;
  const asked = executor.image ?? "machine";
  return {
    plan: { ...plan, executor: { kind: "docker", images: [{ image, environment: [], range }], range } },
    notices: [`${asked} is the image ${image} here: a container, and no machine of its own.`],
  };
}

/** What of the offers a job gets: nothing that is not trusted gets a Docker. (SEC-7) */
export function dockerFor(
  { remoteDocker }: HostOffers,
  { executor, steps }: BuildJobPlan,
  trusted: boolean,
): { readonly remoteDocker?: JobDocker } {
  if (remoteDocker === undefined || !trusted) return {};
  if (executor.kind === "machine") return { remoteDocker: { ...remoteDocker, given: "from-start" } };
  const isAsked = steps.some(({ kind }) => kind === "setup-remote-docker");
  return isAsked ? { remoteDocker: { ...remoteDocker, given: "by-step" } } : {};
}
