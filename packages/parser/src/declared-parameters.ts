import { asMap, valueAt } from "./1-read/nodes.ts";
import { readYaml } from "./1-read/read-yaml.ts";
import type { ParameterType } from "./2-shape/config-shape.ts";
import { readParameters } from "./2-shape/read-parameters.ts";
import { createDiagnostics } from "./diagnostic.ts";
import { defaultLimits } from "./limits.ts";

/**
 * The pipeline parameters that a config declares, by name: what a form or a command line needs to turn texts into values
 * of the right type. Mistakes are left for `compile` to tell.
 */
export function declaredParameters(text: string): ReadonlyMap<string, { readonly type: ParameterType }> {
  const diagnostics = createDiagnostics({ maximum: 0, strict: false, mainFile: "" });
  const root = readYaml({ diagnostics, frame: undefined }, "", text, defaultLimits);
  return readParameters(asMap(valueAt(root, "parameters")));
}
