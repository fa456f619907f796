import { Readable } from "node:stream";

import { FmgError } from "@fmg/core";

import type {
  ContainerEngine,
  ContainerFacts,
  ContainerSpec,
  ExecCommand,
  ExecOutput,
  HostCapacity,
  ImageFacts,
  Labels,
} from "../engine/container-engine.ts";

/** What a fake engine has, and what its containers answer. */
export interface FakeEngineOptions {
  readonly capacity?: HostCapacity;
  /** Of all images; default: one that nothing is made for. */
  readonly architecture?: string;
  /** Images that are there from the start. */
  readonly images?: readonly string[];
  /** Carries out a pull; afterwards the image is there. Default: refuses every one. */
  readonly pull?: (reference: string, onProgress: (line: string) => void) => Promise<void>;
  /** What a command in a container prints. Default: nothing. */
  readonly exec?: (
    command: ExecCommand,
    signal: AbortSignal,
  ) => AsyncIterable<ExecOutput> | readonly ExecOutput[];
  /** What a container's own process has written. Default: nothing. */
  readonly log?: (name: string) => readonly ExecOutput[];
  /** What lies at a path of a container, as a tar. Default: nothing. */
  readonly archive?: (path: string) => Uint8Array | undefined;
  /** Called before each call with its name; what it throws, the call throws. */
  readonly before?: (call: keyof ContainerEngine) => void;
}

/** An engine in memory for what real Docker does not do on demand: silence, refusals, broken streams. */
export interface FakeEngine extends ContainerEngine {
  /** Makes a container's process end by itself. */
  endContainer(name: string, exitCode: number): void;
  /** Makes a container's health check say so. */
  setHealth(name: string, health: NonNullable<ContainerFacts["health"]>): void;
}

interface FakeContainer {
  readonly spec: ContainerSpec;
  state: ContainerFacts["state"];
  exitCode?: number;
  health?: NonNullable<ContainerFacts["health"]>;
  /** Called when it ends or is removed. */
  readonly onEnd: Set<() => void>;
}

/** Makes a fake engine; it passes the same contract suite as Docker. */
export function fakeEngine(options: FakeEngineOptions = {}): FakeEngine {
  const images = new Set(options.images);
  const containers = new Map<string, FakeContainer>();
  const volumes = new Map<string, Labels>();

  async function begin(call: keyof ContainerEngine, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    options.before?.(call);
  }

  function existing(name: string): FakeContainer {
    const container = containers.get(name);
    if (container === undefined) throw new FmgError("container_failed", `There is no container ${name}.`);
    return container;
  }

  function end(container: FakeContainer, exitCode: number): void {
    container.state = "ended";
    container.exitCode = exitCode;
    for (const tell of container.onEnd) tell();
  }

  /** Resolves when the container no longer runs. */
  function ended(name: string, signal: AbortSignal): Promise<void> {
    const container = containers.get(name);
    if (container?.state !== "running") return Promise.resolve();
    return new Promise((resolve, reject) => {
      container.onEnd.add(resolve);
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  }

  return {
    async capacity(signal) {
      await begin("capacity", signal);
      return options.capacity ?? { id: "fake", cpus: 2, memoryBytes: 2 ** 32, rootDir: "/nowhere" };
    },
    async findImage(reference, signal) {
      await begin("findImage", signal);
      return images.has(reference) ? imageFacts(reference, options.architecture) : undefined;
    },
    async pullImage(reference, _credentials, onProgress, signal) {
      await begin("pullImage", signal);
      if (options.pull === undefined) throw new FmgError("image_pull_failed", `${reference}: not found`);
      await options.pull(reference, onProgress);
      images.add(reference);
    },
    async removeImage(reference, signal) {
      await begin("removeImage", signal);
      const { id } = imageFacts(reference);
      if ([...containers.values()].some(({ spec }) => spec.image === id)) return "in-use";
      images.delete(reference);
      return "removed";
    },
    async ensureNetwork(name, signal) {
      await begin("ensureNetwork", signal);
      return `id-of-${name}`;
    },
    async createVolume(name, labels, signal) {
      await begin("createVolume", signal);
      if (!volumes.has(name)) volumes.set(name, labels);
    },
    async createContainer(spec, signal) {
      await begin("createContainer", signal);
      if (containers.has(spec.name)) return "exists";
      containers.set(spec.name, { spec, state: "created", onEnd: new Set() });
      return "created";
    },
    async inspectContainer(name, signal) {
      await begin("inspectContainer", signal);
      const container = containers.get(name);
      if (container === undefined) return undefined;
      const { state, exitCode, health, spec } = container;
      return {
        state,
        labels: spec.labels,
        ...(health === undefined ? {} : { health }),
        ...(exitCode === undefined ? {} : { exitCode }),
      };
    },
    async startContainer(name, signal) {
      await begin("startContainer", signal);
      existing(name).state = "running";
    },
    async putArchive(name, _path, tar, signal) {
      await begin("putArchive", signal);
      existing(name);
      for await (const _chunk of tar) signal.throwIfAborted();
    },
    async getArchive(name, path, signal) {
      await begin("getArchive", signal);
      existing(name);
      const tar = options.archive?.(path);
      return tar === undefined ? undefined : Readable.from([tar]);
    },
    async *exec(name, command, signal) {
      await begin("exec", signal);
      if (existing(name).state !== "running") {
        throw new FmgError("container_failed", `The container ${name} does not run.`);
      }
      for await (const output of options.exec?.(command, signal) ?? []) {
        signal.throwIfAborted();
        yield output;
      }
    },
    async *readLog(name, signal) {
      await begin("readLog", signal);
      if (!containers.has(name)) return;
      for (const output of options.log?.(name) ?? []) {
        signal.throwIfAborted();
        yield output;
      }
      await ended(name, signal);
    },
    async killContainer(name, signal) {
      await begin("killContainer", signal);
      const container = containers.get(name);
      if (container?.state === "running") end(container, 137);
    },
    async openTerminal(name, _command, _size, signal) {
      await begin("openTerminal", signal);
      if (existing(name).state !== "running") {
        throw new FmgError("container_failed", `The container ${name} does not run.`);
      }
      const none = async (): Promise<undefined> => undefined;
      return {
        output: (async function* () {})(),
        write: () => undefined,
        resize: none,
        exitCode: none,
        close: () => undefined,
      };
    },
    async measureContainer(name, signal) {
      await begin("measureContainer", signal);
      if (containers.get(name)?.state !== "running") return undefined;
      return { cpuMs: 1, memoryBytes: 2 ** 20 };
    },
    async removeContainer(name, signal) {
      await begin("removeContainer", signal);
      const container = containers.get(name);
      containers.delete(name);
      if (container !== undefined) end(container, 137);
    },
    async removeVolume(name, signal) {
      await begin("removeVolume", signal);
      volumes.delete(name);
    },
    async listLabelled(label, signal) {
      await begin("listLabelled", signal);
      const [key = "", value] = label.split("=");
      const all = [
        ...[...containers].map(
          ([name, { spec, state }]) =>
            ({ kind: "container", name, labels: spec.labels, running: state === "running" }) as const,
        ),
        ...[...volumes].map(([name, labels]) => ({ kind: "volume", name, labels, running: false }) as const),
      ];
      return all.filter(({ labels }) => labels[key] === value);
    },
    endContainer(name, exitCode) {
      end(existing(name), exitCode);
    },
    setHealth(name, health) {
      existing(name).health = health;
    },
  };
}

function imageFacts(reference: string, architecture = "fake"): ImageFacts {
  return {
    id: `id-of-${reference}`,
    digest: `sha256:${reference}`,
    labels: {},
    architecture,
    user: "",
    sizeBytes: 2 ** 20,
  };
}
