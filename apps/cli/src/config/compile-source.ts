import { dirname } from "node:path";

import type { ParameterValue } from "@fmg/core";
import { declaredParameters, type PipelineValues } from "@fmg/parser";
import {
  compileWithOrbs,
  firstOf,
  orbFolder,
  type OrbResolver,
  type SettledCompilation,
} from "@fmg/parser/node";

import { readCheckout } from "./checkout.ts";
import type { ConfigFlagValues } from "./config-flags.ts";
import { parseParameters } from "./parameters.ts";
import type { ConfigSource } from "./read-source.ts";

/** What whoever runs the config knows better than this. */
export interface KnownPipeline {
  readonly pipeline?: PipelineValues;
  /** Names of classes beside CircleCI's. */
  readonly resourceClasses?: readonly string[];
  /** Where orbs are that no folder of the flags has. */
  readonly orbs?: OrbResolver;
  /** Where a setup job continues its pipeline. (R-DYN-13) */
  readonly continuationHost?: string;
  /** Of a config that a setup job gave: instead of the flags' parameters. (R-DYN-5) */
  readonly continued?: { readonly parameters: Readonly<Record<string, ParameterValue>> };
}

/** Compiles a config as a server would, without one: orbs come from folders alone, unless whoever runs it knows more. */
export async function compileSource(
  source: ConfigSource,
  flags: ConfigFlagValues,
  known: KnownPipeline = {},
): Promise<SettledCompilation> {
  const {
    pipeline = await localPipelineValues(source, flags),
    resourceClasses,
    orbs,
    continuationHost,
    continued,
  } = known;
  const input = {
    file: source.file,
    pipeline,
    ...(resourceClasses === undefined ? {} : { resourceClasses }),
    ...(continuationHost === undefined ? {} : { continuationHost }),
    ...(continued === undefined
      ? { parameters: parseParameters(flags.param ?? [], declaredParameters(source.text)) }
      : { parameters: continued.parameters, continuation: true }),
    strict: flags.strict,
  };
  const folders = (flags["orb-dir"] ?? []).map((folder) => orbFolder(folder));
  const places = orbs === undefined ? folders : [...folders, orbs];
  return compileWithOrbs(source.text, input, firstOf(places), new AbortController().signal);
}

/** A pipeline that has not been: the first one, started by hand, of what is checked out around the config. */
async function localPipelineValues(
  source: ConfigSource,
  { branch, tag }: ConfigFlagValues,
): Promise<PipelineValues> {
  const checkout = await readCheckout(source.file === "stdin" ? process.cwd() : dirname(source.file));
  const onBranch = tag === undefined ? (branch ?? checkout.branch ?? "main") : null;
  const { repository, revision = null } = checkout;
  const url = repository?.url ?? null;
  return new Map<string, string | number | boolean | null>([
    ["pipeline.id", "00000000-0000-0000-0000-000000000001"],
    ["pipeline.number", 1],
    ["pipeline.name", "build"],
    ["pipeline.project.type", "github"],
    ["pipeline.project.git_url", url],
    ["pipeline.project.slug", repository === undefined ? null : `gh/${repository.owner}/${repository.name}`],
    ["pipeline.integration_source", "github_app"],
    ["pipeline.git.branch", onBranch],
    ["pipeline.git.branch.is_default", onBranch === (checkout.defaultBranch ?? "main")],
    ["pipeline.git.tag", tag ?? null],
    ["pipeline.git.revision", revision],
    ["pipeline.git.repo_url", url],
    ["pipeline.git.repo_owner", repository?.owner ?? null],
    ["pipeline.git.repo_name", repository?.name ?? null],
    ["pipeline.trigger.type", "api"],
    ["pipeline.trigger_source", "api"],
    ["pipeline.event.name", "api"],
    ["pipeline.event.action", "api"],
    ["pipeline.config.file_path", source.file],
    ["pipeline.config.repository.url", url],
    ["pipeline.config.repository.name", repository?.name ?? null],
    ["pipeline.config.sha", revision],
  ]);
}
