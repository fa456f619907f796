import type { Place } from "../1-read/source-file.ts";
import { report } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { Env, Value } from "./env.ts";
import type { ExpressionValue } from "./expression/evaluate.ts";
import { isKnownPipelineValue, knownPipelineValues } from "./pipeline-values.ts";

export type OpaqueValue = Exclude<Value, { is: "scalar" }>;

/** The value of a name in the given surroundings, or what is wrong with the name. (Section 2.2) */
export type NameResult =
  | { readonly value: ExpressionValue<OpaqueValue>; readonly source: Value | undefined }
  | { readonly message: string; readonly hint: string | undefined; readonly rule: string };

/** Looks a name up. A pipeline value that does not exist is a warning, and empty. (R-SCOPE-3) */
export function lookUpName(env: Env, name: string, place: Place): NameResult {
  if (name.startsWith("parameters.")) return lookUpParameter(env, name.slice("parameters.".length));
  if (name.startsWith("matrix.")) return lookUpMatrix(env, name.slice("matrix.".length));
  if (name.startsWith("pipeline.parameters.")) {
    return lookUpPipelineParameter(env, name.slice("pipeline.parameters.".length));
  }
  if (name.startsWith("pipeline.")) return lookUpPipelineValue(env, name, place);
  return {
    message: doesNotExist(name),
    hint: hintForBareName(env, name),
    rule: "R-SCOPE-4",
  };
}

function lookUpParameter(env: Env, name: string): NameResult {
  const value = env.parameters?.get(name);
  if (value !== undefined) return found(value);
  const message = `Arguments referenced without declared parameters: parameters.${name}`;
  const hint =
    env.parameters === undefined
      ? "Here only `pipeline.*` can be read."
      : (didYouMean(name, env.parameters.keys()) ?? `Declare \`${name}\` under \`parameters\`.`);
  return { message, hint, rule: "R-SCOPE-1" };
}

function lookUpMatrix(env: Env, name: string): NameResult {
  const value = env.matrix?.get(name);
  if (value !== undefined) return found(value);
  const hint =
    env.matrix === undefined
      ? "`matrix.*` can be read only where a job with a `matrix` is invoked."
      : didYouMean(name, env.matrix.keys());
  return { message: doesNotExist(`matrix.${name}`), hint, rule: "R-SCOPE-2" };
}

function lookUpPipelineParameter(env: Env, name: string): NameResult {
  const declared = env.session.pipelineParameters;
  const value = env.scope.orb === undefined ? declared.get(name) : undefined;
  if (value !== undefined) return found(value);
  const hint =
    env.scope.orb === undefined
      ? didYouMean(name, declared.keys())
      : "An orb cannot read the pipeline parameters of a config; pass the value as an argument.";
  return { message: doesNotExist(`pipeline.parameters.${name}`), hint, rule: "R-SCOPE-1" };
}

function lookUpPipelineValue(env: Env, name: string, place: Place): NameResult {
  const value = env.session.pipeline.get(name);
  if (value === undefined && !isKnownPipelineValue(name)) {
    report(env, "unknown-pipeline-value", place, `there is no pipeline value \`${name}\`; it is empty`, {
      hint: didYouMean(name, knownPipelineValues),
    });
  }
  return { value: value ?? undefined, source: undefined };
}

function found(value: Value): NameResult {
  if (value.is !== "scalar") return { value, source: value };
  const { node } = value;
  return { value: node.type === "null" || node.value === null ? undefined : node.value, source: value };
}

function doesNotExist(name: string): string {
  return `Referred to a variable "${name}" that does not exist`;
}

function hintForBareName(env: Env, name: string): string {
  for (const [prefix, names] of [
    ["parameters", env.parameters],
    ["matrix", env.matrix],
    ["pipeline.parameters", env.scope.orb === undefined ? env.session.pipelineParameters : undefined],
  ] as const) {
    if (names?.has(name) === true) return `Did you mean \`${prefix}.${name}\`?`;
  }
  return "A name begins with `parameters.`, `matrix.` or `pipeline.`. A shell's `<<` is written `\\<<`.";
}
