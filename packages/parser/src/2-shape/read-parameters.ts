import { asMap, asString, describeNode, isNull, scalarText, valueAt, type Node } from "../1-read/nodes.ts";
import { report, type ReportContext } from "../diagnostic.ts";
import { typeError, typeHint } from "./argument-types.ts";
import type { ParameterShape, ParameterType } from "./config-shape.ts";
import { elementTypes } from "./language/parameters.ts";

/** The declared parameters of an element or a config; malformed ones were reported and are left out. */
export function readParameters(node: Node | undefined): Map<string, ParameterShape> {
  const parameters = new Map<string, ParameterShape>();
  for (const [name, entry] of asMap(node)?.entries ?? []) {
    const declaration = asMap(entry.value);
    const type = asString(valueAt(declaration, "type"));
    if (declaration === undefined || !isParameterType(type)) continue;
    const byDefault = valueAt(declaration, "default");
    const values = valueAt(declaration, "enum");
    parameters.set(name, {
      name,
      type,
      default: isNull(byDefault) ? undefined : byDefault,
      nullDefault: isNull(byDefault) ? byDefault : undefined,
      values:
        values?.kind === "list"
          ? values.items.flatMap((item) => (item.kind === "scalar" ? [scalarText(item)] : []))
          : [],
      place: entry.key,
    });
  }
  return parameters;
}

function isParameterType(type: string | undefined): type is ParameterType {
  return type !== undefined && elementTypes.includes(type);
}

const reservedForJobs = new Set([
  "name",
  "pre-steps",
  "post-steps",
  "filters",
  "requires",
  "context",
  "type",
  "override-with",
  "upstream",
  "matrix",
  "serial-group",
]);

/** What the shape cannot say: reserved names, enums without values. (R-PARAM-12) */
export function checkParameters(
  context: ReportContext,
  kind: "command" | "job" | "executor" | "pipeline",
  parameters: ReadonlyMap<string, ParameterShape>,
): void {
  for (const parameter of parameters.values()) {
    const { name, place } = parameter;
    if (kind === "job" && reservedForJobs.has(name)) {
      const message = `\`${name}\` is one of the reserved parameter names of a job`;
      report(context, "reserved-name", place, message, { hint: "Choose another name." });
    } else if (kind === "executor" && name === "name") {
      report(context, "reserved-name", place, "`name` is one of the reserved parameter names of an executor");
    }
    checkDefault(context, parameter);
    // Where the key itself is missing, the shape of a pipeline parameter says so. (R-PARAM-1, R-PARAM-2)
    if (kind === "pipeline" && parameter.nullDefault !== undefined) {
      const message = `the pipeline parameter \`${name}\` needs a default, and nothing counts as none`;
      report(context, "missing-key", parameter.nullDefault, message, { rule: "R-PARAM-1" });
    }
    if (parameter.type === "enum" && parameter.values.length === 0) {
      const message = `the enum \`${name}\` needs \`enum\`, the list of its values`;
      report(context, "missing-key", place, message, { rule: "R-PARAM-1" });
    }
  }
}

// A default that is a template is checked when it is used, steps and executors too. (R-PARAM-4)
function checkDefault(context: ReportContext, parameter: ParameterShape): void {
  const { default: node, type } = parameter;
  if (node === undefined || type === "steps" || type === "executor") return;
  if (node.kind === "scalar" && node.template) return;
  const problem =
    node.kind === "scalar"
      ? typeError(parameter, node)
      : `Type error for argument ${parameter.name}: expected type: ${type}, actual value: ${describeNode(node)}`;
  if (problem === undefined) return;
  const hint = node.kind === "scalar" ? typeHint(parameter, node) : undefined;
  report(context, "argument-type", node, problem, { rule: "R-PARAM-4", hint });
}
