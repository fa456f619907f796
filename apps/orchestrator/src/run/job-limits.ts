import type { JobLimits } from "@fmg/runner";

const GIB = 2 ** 30;

/** vCPU and memory of CircleCI's docker classes. (Section 6.4 of the language reference) */
const classes: Readonly<Record<string, { cpus: number; memoryGib: number }>> = {
  small: { cpus: 1, memoryGib: 2 },
  medium: { cpus: 2, memoryGib: 4 },
  "medium+": { cpus: 3, memoryGib: 6 },
  large: { cpus: 4, memoryGib: 8 },
  xlarge: { cpus: 8, memoryGib: 16 },
  "2xlarge": { cpus: 16, memoryGib: 32 },
  "2xlarge+": { cpus: 20, memoryGib: 40 },
};

/** The limits of a resource class; `medium` where none or an unknown one is named. (R-RC-1) */
export function jobLimits(resourceClass: string | undefined): JobLimits {
  const size = classes[resourceClass?.replace(/\.gen[23]$/, "") ?? "medium"] ?? { cpus: 2, memoryGib: 4 };
  return {
    cpus: size.cpus,
    memoryBytes: size.memoryGib * GIB,
    pids: 1024,
    maxLogBytesPerStep: 100 * 2 ** 20,
    jobTimeoutMs: 5 * 3_600_000,
  };
}
