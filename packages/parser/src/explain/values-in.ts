import type { Node, ScalarNode } from "../1-read/nodes.ts";
import { rangeOf } from "../1-read/source-file.ts";
import { placeOfValue, shownValue } from "../4-expand/callee.ts";
import type { Env } from "../4-expand/env.ts";
import { ExpressionError } from "../4-expand/expression/errors.ts";
import type { Expression } from "../4-expand/expression/parse.ts";
import { tryParse } from "../4-expand/expression/run.ts";
import { lookUpName } from "../4-expand/lookup.ts";
import { templateOf } from "../4-expand/render.ts";
import type { TemplatePart } from "../4-expand/template.ts";
import type { NamedValue } from "./explanation.ts";

/** The names that a condition or a filter reads, each with its value, in the order of the text. */
export function valuesIn(env: Env, condition: Node): NamedValue[] {
  const names = new Map<string, ScalarNode>();
  collect(env, condition, names, 0);
  return Array.from(names, ([name, node]) => valueOf(env, name, node));
}

function collect(env: Env, node: Node, names: Map<string, ScalarNode>, depth: number): void {
  if (node.kind === "list") for (const item of node.items) collect(env, item, names, depth + 1);
  else if (node.kind === "map") {
    for (const { value } of node.entries.values()) collect(env, value, names, depth + 1);
  } else if (node.type !== "string") return;
  else if (node.template) {
    for (const body of tagsOf(templateOf(env, node.text).parts)) addNames(tryParse(body, "tag"), node, names);
  } else if (depth === 0) addNames(tryParse(node.text, "direct"), node, names);
}

function tagsOf(parts: readonly TemplatePart[]): string[] {
  return parts.flatMap((part) => {
    if (part.is === "text") return [];
    return part.is === "tag" ? [part.body] : [part.name, ...tagsOf(part.parts)];
  });
}

function addNames(
  expression: Expression | ExpressionError,
  node: ScalarNode,
  names: Map<string, ScalarNode>,
): void {
  if (expression instanceof ExpressionError) return;
  switch (expression.is) {
    case "literal":
    case "pattern":
      return;
    case "name":
      if (!names.has(expression.name)) names.set(expression.name, node);
      return;
    case "not":
      return addNames(expression.operand, node, names);
    case "binary":
      addNames(expression.left, node, names);
      addNames(expression.right, node, names);
  }
}

function valueOf(env: Env, name: string, node: ScalarNode): NamedValue {
  const found = lookUpName(env, name, node);
  if ("message" in found) return { name, value: "unknown" };
  const { source, value } = found;
  if (source !== undefined) return { name, value: shownValue(source), range: rangeOf(placeOfValue(source)) };
  return { name, value: value === undefined || value === null ? "empty" : JSON.stringify(value) };
}
