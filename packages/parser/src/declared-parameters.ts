import { asMap, scalarText, valueAt } from "./1-read/nodes.ts";
import { readYaml } from "./1-read/read-yaml.ts";
import type { ParameterType } from "./2-shape/config-shape.ts";
import { readParameters } from "./2-shape/read-parameters.ts";
import { createDiagnostics } from "./diagnostic.ts";
import { defaultLimits } from "./limits.ts";

export interface DeclaredParameter {
  readonly type: ParameterType;
  /** Undefined: it has none, or one that is no scalar. */
  readonly defaultText: string | undefined;
}

/**
 * The pipeline parameters that a config declares, by name: what a form or a command line needs to turn texts into values
 * of the right type. Mistakes are left for `compile` to tell.
 */
export function declaredParameters(text: string): ReadonlyMap<string, DeclaredParameter> {
  const diagnostics = createDiagnostics({ maximum: 0, strict: false, mainFile: "" });
  const root = readYaml({ diagnostics, frame: undefined }, "", text, defaultLimits);
  const parameters = readParameters(asMap(valueAt(root, "parameters")));
  return new Map(
    Array.from(parameters, ([name, { type, default: byDefault }]) => {
      const defaultText = byDefault?.kind === "scalar" ? scalarText(byDefault) : undefined;
      return [name, { type, defaultText }];
    }),
  );
}
