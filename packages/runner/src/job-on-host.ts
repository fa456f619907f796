import type { BuildJobPlan } from "@fmg/core";

import type { HostCapacity } from "./engine/container-engine.ts";
import { dockerFor, withMachineImage, type HostOffers } from "./host-offers.ts";
import type { RunJobInput } from "./job-input.ts";
import { cutLimits } from "./limits.ts";
import { classSize, jobLimits, type ResourceClasses } from "./resource-classes.ts";

/** The host that a job is to run on, and how its operator set it up. */
export interface JobHost {
  readonly offers: HostOffers;
  readonly classes: ResourceClasses;
  readonly host: Pick<HostCapacity, "cpus" | "memoryBytes">;
  /** The cores that were chosen for the attempt; null: any. */
  readonly cpuset: string | null;
  readonly jobTimeoutMs: number;
  readonly trusted: boolean;
}

/** What a declared job is on a host: its image, its limits, the Docker that it gets, and what its author should know of it. */
export function jobOnHost(
  declared: BuildJobPlan,
  { offers, classes, host, cpuset, jobTimeoutMs, trusted }: JobHost,
): Pick<RunJobInput, "plan" | "limits" | "notices" | "remoteDocker"> {
  const { plan, notices: ofMachine } = withMachineImage(declared, offers);
  const { size, notices: ofClass } = classSize(classes, declared);
  const { limits, notices: ofCut } = cutLimits(jobLimits(size, cpuset, jobTimeoutMs), host);
  const notices = [...ofClass, ...ofCut, ...ofMachine];
  return { plan, limits, notices, ...dockerFor(offers, declared, trusted) };
}
