/**
 * The port to the thing that runs containers. One engine serves many jobs at once.
 *
 * The contract in words (held by `engineContract` in `../testing`, for Docker and the fake alike):
 * - Containers and volumes are addressed by name. Every call is safe to repeat: creating what exists answers `exists`,
 *   starting what runs and removing what is gone do nothing.
 * - Order: `createVolume` and `ensureNetwork`, `createContainer`, `putArchive` (also before the start), `startContainer`,
 *   then any number of `exec` at a time.
 * - `exec` yields bytes as they come and pulls no more than its reader takes; it ends when the process ended or the
 *   connection broke, and does not tell the two apart: whoever needs to know asks `inspectContainer`. Leaving the loop or
 *   aborting the signal closes the connection and leaves the process alone.
 * - `readLog` does the same with what the container's own process has written, from its beginning and in one order, whoever
 *   asks and however often.
 * - A daemon that does not answer is `FmgError` `docker_unavailable`; everything else that it refuses is `container_failed`
 *   or `image_pull_failed` with the daemon's own words.
 */
export interface ContainerEngine {
  capacity(signal: AbortSignal): Promise<HostCapacity>;
  findImage(reference: string, signal: AbortSignal): Promise<ImageFacts | undefined>;
  /** Tells `onProgress` short lines, in order; ends when the image is there. One try. */
  pullImage(
    reference: string,
    credentials: RegistryCredentials | undefined,
    onProgress: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Takes a name off an image, which goes with its last one. `in-use`: a container has it, running or not. */
  removeImage(reference: string, signal: AbortSignal): Promise<"removed" | "in-use">;
  /** A bridge whose containers cannot reach each other; shared by all instances. Returns its id. */
  ensureNetwork(name: string, signal: AbortSignal): Promise<string>;
  createVolume(name: string, labels: Labels, signal: AbortSignal): Promise<void>;
  createContainer(spec: ContainerSpec, signal: AbortSignal): Promise<"created" | "exists">;
  inspectContainer(name: string, signal: AbortSignal): Promise<ContainerFacts | undefined>;
  startContainer(name: string, signal: AbortSignal): Promise<void>;
  /** Unpacks a tar at an absolute path that exists in the container, which need not run. */
  putArchive(name: string, path: string, tar: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  /** A file or folder of the container as a tar, whose names begin with the path's last part; undefined where nothing is there. */
  getArchive(name: string, path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined>;
  exec(name: string, command: ExecCommand, signal: AbortSignal): AsyncIterable<ExecOutput>;
  /** Runs a command on a terminal of its own, for a person. */
  openTerminal(
    name: string,
    command: ExecCommand,
    size: TerminalSize,
    signal: AbortSignal,
  ): Promise<Terminal>;
  /** What the container's own process wrote and writes; ends with it. Of a container that is not there: nothing. */
  readLog(name: string, signal: AbortSignal): AsyncIterable<ExecOutput>;
  /** Ends the container's processes at once; the container stays. One that does not run is left as it is. */
  killContainer(name: string, signal: AbortSignal): Promise<void>;
  /** What the container has used; undefined when it does not run. */
  measureContainer(name: string, signal: AbortSignal): Promise<ContainerUsage | undefined>;
  removeContainer(name: string, signal: AbortSignal): Promise<void>;
  removeVolume(name: string, signal: AbortSignal): Promise<void>;
  listLabelled(label: string, signal: AbortSignal): Promise<readonly LabelledResource[]>;
}

export type Labels = Readonly<Record<string, string>>;

export interface HostCapacity {
  /** The daemon's own name for itself: orchestrators that name the same one share its host. */
  readonly id: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Where the daemon keeps images and containers, on its own disk. */
  readonly rootDir: string;
}

export interface ImageFacts {
  /** What `ContainerSpec.image` takes: stays the same when the tag moves. */
  readonly id: string;
  /** The registry's digest where the image has one, else its id. */
  readonly digest: string;
  readonly labels: Labels;
  /** As the daemon names it: `amd64`, `arm64`… */
  readonly architecture: string;
  /** Whom its containers run as; empty for root. */
  readonly user: string;
  /** With layers that other images may share. */
  readonly sizeBytes: number;
}

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/** One container of a job, as declared; the engine's adapter turns it into the daemon's words by an allow-list. */
export interface ContainerSpec {
  readonly name: string;
  readonly labels: Labels;
  readonly image: string;
  /**
   * `keep-alive`: a process of ours which reaps and never ends, the static step program at that path or else a loop of the image's
   * `sh`; `own`: what the image or the config says. (R-DKR-2)
   */
  readonly process:
    | { readonly kind: "keep-alive"; readonly program?: string }
    | { readonly kind: "own"; readonly entrypoint?: readonly string[]; readonly command?: readonly string[] };
  /** Undefined: the image's. */
  readonly user?: string;
  /** Visible to whoever may inspect containers: never a secret. */
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  /** The attempt's own volume, mounted at `/fmg`; a service has none. */
  readonly volume?: string;
  readonly network: NetworkSpec;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** The cores that it may use, as `0,2`; undefined: any. A daemon that has not those gives it any. */
  readonly cpuset?: string;
  readonly pids: number;
  readonly privileges: "default" | "no-new-privileges";
}

export type NetworkSpec =
  /** On a bridge, where these names mean the container itself. */
  | { readonly kind: "bridge"; readonly id: string; readonly ownNames: readonly string[] }
  /** In the network namespace of another container, which runs: they meet at `localhost`. */
  | { readonly kind: "shared"; readonly container: string };

export interface ContainerFacts {
  readonly state: "created" | "running" | "ended";
  readonly labels: Labels;
  /** What its health check says; undefined where it has none. */
  readonly health?: "starting" | "healthy" | "unhealthy";
  /** Of the container's own process, once it ended. */
  readonly exitCode?: number;
  /** Whether that process ended for want of memory. */
  readonly outOfMemory?: boolean;
}

export interface ContainerUsage {
  /** Processor time of all its processes since its start. */
  readonly cpuMs: number;
  /** Memory that it holds now, without what the kernel would give back at once. */
  readonly memoryBytes: number;
}

export interface ExecCommand {
  readonly argv: readonly string[];
  /** Undefined: the container's user. */
  readonly user?: string;
  /** The only door for secrets: shown neither by inspect nor by the daemon's events. */
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  /** What it reads on stdin, which ends with it and with our connection. Undefined: nothing. */
  readonly input?: AsyncIterable<Uint8Array>;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A process on a terminal. */
export interface Terminal {
  /** Both of its outputs, as a terminal shows them; ends with the process, or fails with the connection. */
  readonly output: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): void;
  resize(size: TerminalSize): Promise<void>;
  /** After its end; undefined when the engine does not know. */
  exitCode(): Promise<number | undefined>;
  /** Leaves it; the process may live on. */
  close(): void;
}

export interface ExecOutput {
  readonly stream: "stdout" | "stderr";
  readonly bytes: Uint8Array;
}

export interface LabelledResource {
  readonly kind: "container" | "volume";
  readonly name: string;
  readonly labels: Labels;
  /** Of a container: whether its process runs. */
  readonly running: boolean;
}
