import type { HostCapacity } from "./engine/container-engine.ts";
import type { JobLimits } from "./job-input.ts";

/** Cuts a job's limits to what the host has; each cut is told in a line for the set-up step's log. */
export function cutLimits(
  limits: JobLimits,
  host: Pick<HostCapacity, "cpus" | "memoryBytes">,
): { readonly limits: JobLimits; readonly notices: readonly string[] } {
  const cpus = Math.min(limits.cpus, host.cpus);
  const memoryBytes = Math.min(limits.memoryBytes, host.memoryBytes);
  const notices: string[] = [];
  if (cpus < limits.cpus) {
    notices.push(`The resource class asks for ${limits.cpus} CPUs; this host has ${host.cpus}.`);
  }
  if (memoryBytes < limits.memoryBytes) {
    notices.push(
      `The resource class asks for ${megabytes(limits.memoryBytes)} of memory; this host has ${megabytes(host.memoryBytes)}.`,
    );
  }
  return { limits: { ...limits, cpus, memoryBytes }, notices };
}

/** `4096 MB`, rounded down. */
export function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MB`;
}
