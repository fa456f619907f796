import type {
  ContainerFacts,
  ContainerUsage,
  ImageFacts,
  LabelledResource,
  Labels,
} from "../container-engine.ts";

/** `GET /info`, as far as it is read. */
export interface RawInfo {
  readonly ID: string;
  readonly Name: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly DockerRootDir: string;
}

/** `GET /images/NAME/json`, as far as it is read. */
export interface RawImage {
  readonly Id: string;
  readonly Architecture: string;
  readonly Size?: number;
  readonly RepoDigests?: readonly string[] | null;
  readonly Config?: { readonly Labels?: Labels | null; readonly User?: string } | null;
}

/** The digest is that of the repository in the reference: an image may be in several. */
export function imageFacts(image: RawImage, reference: string): ImageFacts {
  const digests = image.RepoDigests ?? [];
  const name = reference.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return {
    id: image.Id,
    digest: digests.find((digest) => digest.startsWith(`${name}@`)) ?? digests[0] ?? image.Id,
    labels: image.Config?.Labels ?? {},
    architecture: image.Architecture,
    user: image.Config?.User ?? "",
    sizeBytes: image.Size ?? 0,
  };
}

/** `GET /containers/NAME/json`, as far as it is read. */
export interface RawContainer {
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Health?: { readonly Status: string } | null;
  };
  readonly Config: { readonly Labels: Labels | null };
}

export function containerFacts({ State, Config }: RawContainer): ContainerFacts {
  const labels = Config.Labels ?? {};
  switch (State.Status) {
    case "created":
      return { state: "created", labels };
    case "running":
    case "paused":
    case "restarting":
      return { state: "running", labels, ...healthOf(State.Health?.Status) };
    default: {
      const { ExitCode: exitCode, OOMKilled: outOfMemory, Health } = State;
      return { state: "ended", labels, exitCode, outOfMemory, ...healthOf(Health?.Status) };
    }
  }
}

function healthOf(status: string | undefined): Pick<ContainerFacts, "health"> {
  if (status === "starting" || status === "healthy" || status === "unhealthy") return { health: status };
  return {};
}

/** An item of `GET /containers/json`. */
export interface RawUsage {
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } };
  /** Empty for a container that does not run. */
  readonly memory_stats: {
    readonly usage?: number;
    readonly stats?: { readonly total_inactive_file?: number; readonly inactive_file?: number };
  };
}

export function containerUsage({
  cpu_stats: cpu,
  memory_stats: memory,
}: RawUsage): ContainerUsage | undefined {
  if (memory.usage === undefined) return undefined;
  // cgroup v1, then v2: pages of files that nobody used lately.
  const reclaimable = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  return {
    cpuMs: Math.round(cpu.cpu_usage.total_usage / 1e6),
    memoryBytes: Math.max(0, memory.usage - reclaimable),
  };
}

export interface RawListedContainer {
  readonly Names: readonly string[];
  readonly Labels: Labels;
  readonly State: string;
}

export function listedContainer({ Names, Labels, State }: RawListedContainer): LabelledResource {
  const name = (Names[0] ?? "").replace(/^\//, "");
  return { kind: "container", name, labels: Labels, running: State === "running" };
}

/** An item of `GET /volumes`. */
export interface RawVolume {
  readonly Name: string;
  readonly Labels: Labels | null;
}

export function listedVolume({ Name, Labels }: RawVolume): LabelledResource {
  return { kind: "volume", name: Name, labels: Labels ?? {}, running: false };
}
