import type { BuildJobPlan, Demand } from "@fmg/core";

import type { HostCapacity } from "./engine/container-engine.ts";
import type { JobLimits } from "./job-input.ts";
import { megabytes } from "./limits.ts";

const GIB = 2 ** 30;

/** What the resource classes of configs mean on this host. (R-RC-1, R-RC-2) */
export interface ResourceClasses {
  /** The class of a job that names none. */
  readonly default: string;
  /** The operator's sizes; they win over the built-in ones. */
  readonly operators: ReadonlyMap<string, Demand>;
  /** The operator's names, for the compiler. */
  readonly operatorNames: readonly string[];
}

/** CircleCI's own sizes, where the operator says nothing. */
export const builtInClasses: ResourceClasses = {
  default: "medium",
  operators: new Map(),
  operatorNames: [],
};

type Sizes = Readonly<Record<string, Demand>>;

const gib = (cpus: number, memoryGib: number): Demand => ({ cpus, memoryBytes: memoryGib * GIB });

const arm: Sizes = {
  "arm.medium": gib(2, 8),
  "arm.large": gib(4, 16),
  "arm.xlarge": gib(8, 32),
  "arm.2xlarge": gib(16, 64),
};

/** vCPU and memory of CircleCI's classes. (Section 6.4 of the language reference) */
const sizes: Readonly<Record<"docker" | "machine", Sizes>> = {
  docker: {
    small: gib(1, 2),
    medium: gib(2, 4),
    "medium+": gib(3, 6),
    large: gib(4, 8),
    xlarge: gib(8, 16),
    "2xlarge": gib(16, 32),
    "2xlarge+": gib(20, 40),
    ...arm,
  },
  machine: {
    medium: gib(2, 7.5),
    large: gib(4, 15),
    xlarge: gib(8, 32),
    "2xlarge": gib(16, 64),
    "2xlarge+": gib(32, 64),
    ...arm,
  },
};

/** The part of a plan that says how much it wants. */
export type Wanted = Pick<BuildJobPlan, "resourceClass" | "executor">;

/** The size of a job's class; a class that has none here, such as a pool of runners, gets the default's, with a notice. */
export function classSize(
  classes: ResourceClasses,
  { resourceClass, executor }: Wanted,
): { readonly size: Demand; readonly notices: readonly string[] } {
  const kind = executor.kind === "machine" ? "machine" : "docker";
  const sizeOf = (name: string): Demand | undefined =>
    classes.operators.get(name) ?? sizes[kind][name] ?? sizes[kind][name.replace(/\.gen[23]$/, "")];
  const fallback = sizeOf(classes.default) ?? sizes[kind]["medium"];
  if (fallback === undefined) throw new Error("there is no size for the default resource class");
  const size = resourceClass === undefined ? fallback : sizeOf(resourceClass);
  if (size !== undefined) return { size, notices: [] };
  const notice = `The resource class ${resourceClass} has no size here; the job gets ${classes.default}'s.`;
  return { size: fallback, notices: [notice] };
}

/** What a host has for jobs, and how much of it they may promise themselves. */
export interface HostShares {
  readonly host: Pick<HostCapacity, "cpus" | "memoryBytes">;
  readonly concurrency: number;
  readonly cpuOvercommit: number;
}

/**
 * What a job is counted with against its host: what its class says, cut to the host, so that every job fits alone. A job that
 * names no class asks for no cores: it is counted with one of FMG_CONCURRENCY shares of them, and may use more while they are
 * idle. Memory is counted in full, for it cannot be lent.
 */
export function demandOf(classes: ResourceClasses, wanted: Wanted, shares: HostShares): Demand {
  const { size } = classSize(classes, wanted);
  const all = hostRoom(shares);
  const share = wanted.resourceClass === undefined ? all.cpus / shares.concurrency : Infinity;
  return cutTo(all, { cpus: Math.min(size.cpus, share), memoryBytes: size.memoryBytes });
}

/** A demand as it counts on a host: what is larger than all of it runs alone. */
export function cutTo(all: Demand, { cpus, memoryBytes }: Demand): Demand {
  return { cpus: Math.min(cpus, all.cpus), memoryBytes: Math.min(memoryBytes, all.memoryBytes) };
}

/**
 * What running jobs may have together: the cores times FMG_CPU_OVERCOMMIT, and the memory. The kernel keeps a part of a
 * machine's memory for itself, so an 8 GB machine shows 7.7: the part is counted in, or two jobs of 4 GB never met there.
 */
export function hostRoom({ host, cpuOvercommit }: Pick<HostShares, "host" | "cpuOvercommit">): Demand {
  return { cpus: host.cpus * cpuOvercommit, memoryBytes: Math.ceil(host.memoryBytes / GIB) * GIB };
}

/** The limits of a job's container, not yet cut to the host. (R-RC-3) */
export function jobLimits(size: Demand, cpuset: string | null, jobTimeoutMs: number): JobLimits {
  return {
    ...size,
    ...(cpuset === null ? {} : { cpuset }),
    pids: 1024,
    maxLogBytesPerStep: 100 * 2 ** 20,
    jobTimeoutMs,
  };
}

/** `2 CPUs and 4096 MB of memory`. */
export function inWords({ cpus, memoryBytes }: Demand): string {
  const count = Number(cpus.toFixed(2));
  return `${count} ${count === 1 ? "CPU" : "CPUs"} and ${megabytes(memoryBytes)} of memory`;
}

/**
 * The cores that a job may use: as many as its class has, those that the fewest running jobs may use. Undefined when it may
 * use all of them. (R-RC-4)
 */
export function chooseCores(
  count: number,
  hostCpus: number,
  taken: readonly (string | null)[],
): string | undefined {
  const wanted = Math.ceil(count);
  if (wanted >= hostCpus) return undefined;
  const users = Array.from({ length: hostCpus }, () => 0);
  for (const cpuset of taken) {
    for (const core of cpuset?.split(",") ?? []) users[Number(core)] = (users[Number(core)] ?? 0) + 1;
  }
  return [...users.keys()]
    .sort((a, b) => (users[a] ?? 0) - (users[b] ?? 0) || a - b)
    .slice(0, wanted)
    .sort((a, b) => a - b)
    .join(",");
}
