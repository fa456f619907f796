import { scalarAt, unknownAt, type Node } from "../1-read/nodes.ts";
import type { Place } from "../1-read/source-file.ts";
import { typeError } from "../2-shape/argument-types.ts";
import type { ConfigShape } from "../2-shape/config-shape.ts";
import { report, type ReportContext } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { Value } from "./env.ts";

// What the API of CircleCI takes. (R-PARAM-13)
const mostArguments = 100;
const longestName = 128;
const longestValue = 512;

/** Pipeline parameters: the trigger's values over the defaults, checked by type. (R-PHASE-1, R-PARAM-13) */
export function bindPipelineParameters(
  context: ReportContext,
  config: ConfigShape,
  given: Readonly<Record<string, unknown>>,
): Map<string, Value> {
  const bound = new Map<string, Value>();
  const section: Place = config.root.entries.get("parameters")?.key ?? {
    ...config.root,
    end: config.root.start,
  };
  checkGiven(context, config, given, section);
  for (const [name, parameter] of config.parameters) {
    const node = Object.hasOwn(given, name)
      ? scalarOf(given[name], parameter.place)
      : (parameter.default ?? unknownAt(parameter.place));
    if (node?.kind !== "scalar") {
      const message = `Type error for argument ${name}: expected type: ${parameter.type}, actual value: no scalar`;
      report(context, "argument-type", parameter.place, message, { rule: "R-PARAM-13" });
      bound.set(name, { is: "scalar", node: unknownAt(parameter.place) });
      continue;
    }
    const problem = node.type === "unknown" ? undefined : typeError(parameter, node);
    if (problem !== undefined) report(context, "argument-type", node, problem, { rule: "R-PARAM-4" });
    bound.set(name, { is: "scalar", node: problem === undefined ? node : unknownAt(node) });
  }
  return bound;
}

function scalarOf(value: unknown, place: Place): Node | undefined {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return undefined;
  return scalarAt(place, value);
}

function checkGiven(
  context: ReportContext,
  config: ConfigShape,
  given: Readonly<Record<string, unknown>>,
  section: Place,
): void {
  const names = Object.keys(given);
  const unexpected = names.filter((name) => !config.parameters.has(name));
  if (unexpected.length > 0) {
    const message = `Unexpected argument(s): ${unexpected.join(", ")}`;
    const hint = didYouMean(unexpected[0]!, config.parameters.keys());
    report(context, "unexpected-argument", section, message, { hint, rule: "R-PARAM-3" });
  }
  if (names.length > mostArguments) {
    const message = `${names.length} pipeline parameters are given, ${mostArguments} are allowed`;
    report(context, "arguments-too-large", section, message);
  }
  for (const name of names) {
    const value = given[name];
    if (name.length <= longestName && !(typeof value === "string" && value.length > longestValue)) continue;
    const message = `a name of a pipeline parameter may have ${longestName} characters, its value ${longestValue}`;
    report(context, "arguments-too-large", config.parameters.get(name)?.place ?? section, message);
  }
}
