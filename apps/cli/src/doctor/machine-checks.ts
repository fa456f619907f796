import { connectDocker, hostCapacity } from "@fmg/runner";

import { compileSource } from "../config/compile-source.ts";
import { readSource } from "../config/read-source.ts";
import { CliError } from "../errors.ts";
import type { Check } from "./check.ts";

/** What `fmg run` needs of this machine: Node is new enough, or fmg would not have started. */
export async function machineChecks(): Promise<readonly Check[]> {
  const node: Check = { area: "machine", state: "ok", what: `Node.js ${process.versions.node}` };
  return [node, await dockerCheck(), await configCheck()];
}

async function dockerCheck(): Promise<Check> {
  try {
    const { cpus, memoryBytes } = await hostCapacity(connectDocker());
    const what = `Docker answers, with ${cpus} CPUs and ${(memoryBytes / 2 ** 30).toFixed(1)} GiB`;
    return { area: "machine", state: "ok", what };
  } catch (error) {
    return {
      area: "machine",
      state: "wrong",
      what: "Docker does not answer here",
      cause: messageOf(error),
      next: "Start it, or set DOCKER_HOST; only fmg run needs it on this machine.",
    };
  }
}

/** A folder without a config is no fault: fmg is used in others too. */
async function configCheck(): Promise<Check> {
  const source = await readSource(undefined).catch((error: unknown) => {
    if (error instanceof CliError) return undefined;
    throw error;
  });
  if (source === undefined) return { area: "config", state: "ok", what: "no config in this folder" };
  const compiled = await compileSource(source, { strict: false });
  if (compiled.kind === "compiled") return { area: "config", state: "ok", what: `${source.file} compiles` };
  const first = compiled.diagnostics[0];
  return {
    area: "config",
    state: "wrong",
    what: `${source.file} does not compile`,
    cause: first?.message ?? "It has errors.",
    next: "All of them, with their places:  fmg config validate",
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
