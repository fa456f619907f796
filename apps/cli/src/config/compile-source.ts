import { dirname } from "node:path";

import { declaredParameters, type PipelineValues } from "@fmg/parser";
import { compileWithOrbs, firstOf, orbFolder, type SettledCompilation } from "@fmg/parser/node";

import { checkedOutBranch } from "./checked-out-branch.ts";
import type { ConfigFlagValues } from "./config-flags.ts";
import { parseParameters } from "./parameters.ts";
import type { ConfigSource } from "./read-source.ts";

/** Compiles a config as a server would, with neither server nor network: orbs come from folders alone. */
export async function compileSource(
  source: ConfigSource,
  flags: ConfigFlagValues,
): Promise<SettledCompilation> {
  const input = {
    file: source.file,
    pipeline: await localPipelineValues(source, flags),
    parameters: parseParameters(flags.param ?? [], declaredParameters(source.text)),
    strict: flags.strict,
  };
  const folders = (flags["orb-dir"] ?? []).map((folder) => orbFolder(folder));
  return compileWithOrbs(source.text, input, firstOf(folders), new AbortController().signal);
}

/** A pipeline that has not been: the first one, started by hand, of a commit that is not known. */
async function localPipelineValues(
  source: ConfigSource,
  { branch, tag }: ConfigFlagValues,
): Promise<PipelineValues> {
  const folder = source.file === "stdin" ? process.cwd() : dirname(source.file);
  const onBranch = branch ?? (await checkedOutBranch(folder)) ?? "main";
  return new Map<string, string | number | null>([
    ["pipeline.id", "00000000-0000-0000-0000-000000000001"],
    ["pipeline.number", 1],
    ["pipeline.git.branch", tag === undefined ? onBranch : null],
    ["pipeline.git.tag", tag ?? null],
    ["pipeline.trigger_source", "api"],
    ["pipeline.config.file_path", source.file],
  ]);
}
