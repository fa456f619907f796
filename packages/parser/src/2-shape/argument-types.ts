import { scalarText, type ScalarNode } from "../1-read/nodes.ts";
import type { ParameterShape } from "./config-shape.ts";
import { variableName } from "./language/names.ts";

/** Why a scalar is no value of a parameter, or undefined when it is one. (R-PARAM-4, R-PARAM-5, R-PARAM-10) */
export function typeError(parameter: ParameterShape, node: ScalarNode): string | undefined {
  const { name, type } = parameter;
  if (fitsType(parameter, node)) return undefined;
  if (type === "enum" && node.type === "string") {
    return `${describeActual(node)} is not a value of the enum \`${name}\`: ${parameter.values.join(", ")}`;
  }
  if (type === "env_var_name" && node.type === "string") {
    return `Type error for argument ${name}: ${describeActual(node)} is no name of a variable (it must be ${variableName.expected})`;
  }
  return `Type error for argument ${name}: expected type: ${type}, actual value: ${describeActual(node)}`;
}

function fitsType(parameter: ParameterShape, node: ScalarNode): boolean {
  switch (parameter.type) {
    case "string":
    case "executor":
      return node.type === "string";
    case "boolean":
    case "integer":
      return node.type === parameter.type;
    case "enum":
      return node.type === "string" && parameter.values.includes(node.text);
    case "env_var_name":
      return node.type === "string" && variableName.regex.test(node.text);
    case "steps":
      return false;
  }
}

function describeActual(node: ScalarNode): string {
  const shown =
    node.type === "string" ? JSON.stringify(node.text) : node.type === "null" ? "null" : scalarText(node);
  return `${shown} (type ${node.type})`;
}

/** What would help against a type error. */
export function typeHint(parameter: ParameterShape, node: ScalarNode): string | undefined {
  const wantsText = parameter.type === "string" || parameter.type === "enum";
  if (wantsText && node.type !== "string" && node.type !== "null") {
    return `Put it in quotes: "${node.text}".`;
  }
  if (parameter.type === "boolean" && /^(true|false)$/i.test(node.text)) return "Take the quotes away.";
  if (parameter.type === "integer" && /^-?[0-9]+$/.test(node.text)) return "Take the quotes away.";
  return undefined;
}
