import { availableParallelism } from "node:os";
import { Readable } from "node:stream";

import type { ContainerEngine } from "../container-engine.ts";
import { containerBody } from "./container-body.ts";
import { asContainerError, DaemonRefusal, openDaemon, type DaemonCall } from "./daemon.ts";
import {
  containerFacts,
  containerUsage,
  imageFacts,
  listedContainer,
  listedVolume,
  type RawContainer,
  type RawImage,
  type RawInfo,
  type RawListedContainer,
  type RawUsage,
  type RawVolume,
} from "./facts.ts";
import { openGate } from "./gate.ts";
import { ensureNetwork } from "./job-network.ts";
import { attachedExec, followedLog } from "./output.ts";
import { pullImage } from "./pull-image.ts";
import { openTerminal } from "./terminal.ts";

export interface DockerOptions {
  /** Instead of what DOCKER_HOST and its friends say. */
  readonly socketPath?: string;
  /** Containers that are created or started at the same time; more gives no more throughput. Default: the cores. */
  readonly startsAtOnce?: number;
}

/** The engine behind DOCKER_HOST and its friends, as Docker's own command line finds it. Nothing is asked of it yet. */
export function connectDocker(options: DockerOptions = {}): ContainerEngine {
  const daemon = openDaemon(options.socketPath === undefined ? {} : { socketPath: options.socketPath });
  const gate = openGate(options.startsAtOnce ?? availableParallelism());
  const call = async (what: DaemonCall, signal: AbortSignal): Promise<unknown> => {
    try {
      return await daemon.call(what, signal);
    } catch (thrown) {
      throw asContainerError(thrown, what.doing);
    }
  };

  const createContainer: ContainerEngine["createContainer"] = async (spec, signal) => {
    const { name } = spec;
    const doing = `creating the container ${name}`;
    const body = containerBody(spec);
    const create: DaemonCall = { method: "POST", path: "/containers/create", query: { name }, body, doing };
    try {
      await gate.pass(signal, () => daemon.call(create, signal));
      return "created";
    } catch (thrown) {
      if (!(thrown instanceof DaemonRefusal)) throw thrown;
      if (thrown.statusCode === 409) return "exists";
      if (spec.cpuset === undefined || !/CPUs are not available/i.test(thrown.message))
        throw asContainerError(thrown, doing);
      // The daemon itself is kept to some of the host's cores, and says so only now.
      const { cpuset: _, ...anywhere } = spec;
      return createContainer(anywhere, signal);
    }
  };

  return {
    async capacity(signal) {
      const facts = await call({ method: "GET", path: "/info", doing: "asking what the host has" }, signal);
      const { ID, Name, NCPU, MemTotal, DockerRootDir } = facts as RawInfo;
      return { id: ID || Name, cpus: NCPU, memoryBytes: MemTotal, rootDir: DockerRootDir };
    },

    async findImage(reference, signal) {
      const path = `/images/${encodeReference(reference)}/json`;
      const found = await unlessMissing(
        daemon.call({ method: "GET", path, doing: `looking for the image ${reference}` }, signal),
        `looking for the image ${reference}`,
      );
      return found === undefined ? undefined : imageFacts(found as RawImage, reference);
    },

    pullImage: (reference, credentials, onProgress, signal) =>
      pullImage(daemon, reference, credentials, onProgress, signal),

    async removeImage(reference, signal) {
      const doing = `removing the image ${reference}`;
      const path = `/images/${encodeReference(reference)}`;
      try {
        await daemon.call({ method: "DELETE", path, alsoFine: [404], doing }, signal);
        return "removed";
      } catch (thrown) {
        if (thrown instanceof DaemonRefusal && thrown.statusCode === 409) return "in-use";
        throw asContainerError(thrown, doing);
      }
    },

    ensureNetwork: (name, signal) => ensureNetwork(daemon, name, signal),

    async createVolume(name, labels, signal) {
      const body = { Name: name, Labels: labels };
      await call(
        { method: "POST", path: "/volumes/create", body, doing: `creating the volume ${name}` },
        signal,
      );
    },

    createContainer,

    async inspectContainer(name, signal) {
      const doing = `looking at the container ${name}`;
      const found = await unlessMissing(
        daemon.call({ method: "GET", path: `/containers/${name}/json`, doing }, signal),
        doing,
      );
      return found === undefined ? undefined : containerFacts(found as RawContainer);
    },

    async startContainer(name, signal) {
      const path = `/containers/${name}/start`;
      const doing = `starting the container ${name}`;
      await gate.pass(signal, () => call({ method: "POST", path, alsoFine: [304], doing }, signal));
    },

    async putArchive(name, path, tar, signal) {
      const source = keepFailure(tar);
      const upload = Readable.from(source.chunks, { objectMode: false });
      const doing = `unpacking files at ${path} of the container ${name}`;
      const put: DaemonCall = {
        method: "PUT",
        path: `/containers/${name}/archive`,
        query: { path },
        upload,
        doing,
      };
      try {
        await call(put, signal);
      } catch (thrown) {
        throw source.failure()?.cause ?? thrown;
      } finally {
        upload.destroy();
      }
    },

    async getArchive(name, path, signal) {
      const doing = `reading ${path} of the container ${name}`;
      const get = { method: "GET", path: `/containers/${name}/archive`, query: { path }, doing } as const;
      const found = await unlessMissing(daemon.stream(get, signal), doing);
      return found as AsyncIterable<Uint8Array> | undefined;
    },

    exec: (name, command, signal) => attachedExec(daemon, name, command, signal),

    openTerminal: (name, command, size, signal) => openTerminal(daemon, name, command, size, signal),

    readLog: (name, signal) => followedLog(daemon, name, signal),

    async killContainer(name, signal) {
      const doing = `ending the container ${name}`;
      // 409: it does not run.
      const path = `/containers/${name}/kill`;
      await call({ method: "POST", path, alsoFine: [404, 409], doing }, signal);
    },

    async measureContainer(name, signal) {
      const path = `/containers/${name}/stats`;
      const doing = `measuring the container ${name}`;
      // Without one-shot the daemon measures twice, a second apart.
      const query = { stream: false, "one-shot": true };
      const found = await unlessMissing(daemon.call({ method: "GET", path, query, doing }, signal), doing);
      return found === undefined ? undefined : containerUsage(found as RawUsage);
    },

    async removeContainer(name, signal) {
      const doing = `removing the container ${name}`;
      const query = { force: true, v: true };
      // 409: another removal is under way.
      await call(
        { method: "DELETE", path: `/containers/${name}`, query, alsoFine: [404, 409], doing },
        signal,
      );
    },

    async removeVolume(name, signal) {
      const doing = `removing the volume ${name}`;
      await call({ method: "DELETE", path: `/volumes/${name}`, alsoFine: [404], doing }, signal);
    },

    async listLabelled(label, signal) {
      const filters = JSON.stringify({ label: [label] });
      const doing = `listing what bears the label ${label}`;
      const [containers, volumes] = await Promise.all([
        call({ method: "GET", path: "/containers/json", query: { all: true, filters }, doing }, signal),
        call({ method: "GET", path: "/volumes", query: { filters }, doing }, signal),
      ]);
      return [
        ...(containers as RawListedContainer[]).map(listedContainer),
        ...((volumes as { Volumes: RawVolume[] | null }).Volumes ?? []).map(listedVolume),
      ];
    },
  };
}

/** Keeps the error of an upload's source, which would else look like the daemon's. */
function keepFailure(chunks: AsyncIterable<Uint8Array>): {
  chunks: AsyncIterable<Uint8Array>;
  failure(): { readonly cause: unknown } | undefined;
} {
  let failure: { cause: unknown } | undefined;
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
    } catch (cause) {
      failure = { cause };
      throw cause;
    }
  }
  return { chunks: watched(), failure: () => failure };
}

async function unlessMissing(answer: Promise<unknown>, doing: string): Promise<unknown> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof DaemonRefusal && thrown.statusCode === 404) return undefined;
    throw asContainerError(thrown, doing);
  }
}

function encodeReference(reference: string): string {
  return reference.split("/").map(encodeURIComponent).join("/");
}
