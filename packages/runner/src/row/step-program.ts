import { readFileSync } from "node:fs";

import { isFmgError } from "@fmg/core";

/**
 * What runs the rows of an attempt in its container: the image's own `sh` with our scripts, or our static program for that
 * architecture, which needs nothing of the image. Both keep to one protocol, and pass one suite.
 */
export type StepProgram = "sh" | (typeof architectures)[number];

const architectures = ["amd64", "arm64"] as const;

/** Not in the volume, which the job can write: root runs it too, to end what a step started through sudo. */
export const staticProgramPath = "/.fmg-step";

/** The program for containers of that architecture; `sh` where there is no static one for it, or none was built. */
export function chooseProgram(architecture: string): StepProgram {
  const known = architectures.find((name) => name === architecture);
  if (known === undefined) return "sh";
  try {
    staticProgram(known);
    return known;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return "sh";
    throw thrown;
  }
}

/** Reads what an earlier owner chose from the container's label; without one it was `sh`. */
export function labelledProgram(label: string | undefined): StepProgram {
  return architectures.find((name) => name === label) ?? "sh";
}

export function staticProgram(architecture: Exclude<StepProgram, "sh">): Buffer {
  return readFileSync(new URL(`../../bin/fmg-step-${architecture}`, import.meta.url));
}

/** Whether a container did not start for the static program's sake: a kind of machine or a file system that refuses it. */
export function isProgramRefused(thrown: unknown): boolean {
  return isFmgError(thrown, "container_failed") && thrown.message.includes(staticProgramPath);
}
