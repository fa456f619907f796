import {
  asString,
  describeNode,
  isUnknown,
  scalarText,
  sameData,
  valueAt,
  type MapNode,
  type Node,
  type ScalarNode,
} from "../1-read/nodes.ts";
import { findElement, isFound } from "../3-resolve/scope.ts";
import { report } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { Env } from "./env.ts";
import { isTruthy } from "./expression/evaluate.ts";
import { tryParse } from "./expression/run.ts";
import { ExpressionError } from "./expression/errors.ts";
import type { Expression } from "./expression/parse.ts";
import { compilePattern } from "./pattern.ts";
import { isLogicallyTrue, render, renderValue, runExpression, templateOf } from "./render.ts";

const maximumDepth = 100;
const operators = ["and", "or", "not", "equal", "matches"];

/** Whether a condition holds; a condition that could not be told does, after a report. (Section 2.5) */
export function holds(env: Env, node: Node, where: "workflow" | "step"): boolean {
  return evaluateLogic(env, node, where, 0) ?? true;
}

function evaluateLogic(env: Env, node: Node, where: "workflow" | "step", depth: number): boolean | undefined {
  if (depth > maximumDepth) {
    report(env, "logic-too-deep", node, `logic statements are nested more than ${maximumDepth} levels deep`);
    return undefined;
  }
  switch (node.kind) {
    case "scalar":
      // Only the condition itself may be an expression; inside of a logic statement a text is a text.
      return depth === 0 ? evaluateCondition(env, node, where) : scalarTruth(env, node);
    case "list":
      report(env, "logic-shape", node, "a condition must be a value or a logic statement, not a list");
      return undefined;
    case "map":
      return evaluateOperator(env, node, where, depth);
  }
}

function evaluateCondition(env: Env, node: ScalarNode, where: "workflow" | "step"): boolean | undefined {
  if (node.type !== "string") return isLogicallyTrue(node.value);
  if (node.template && env.session.templating) {
    const template = templateOf(env, node.text);
    if (template.error === undefined && template.whole === undefined && template.parts.length > 0) {
      const message =
        "a template with text around it is a text that is not empty: this condition always holds";
      report(env, "always-true", node, message, {
        hint: "Write the whole condition as one expression, without `<<` and `>>` in it.",
      });
    }
    return scalarTruth(env, node);
  }
  return where === "workflow" ? directExpression(env, node) : stepExpression(env, node);
}

function directExpression(env: Env, node: ScalarNode): boolean | undefined {
  const result = runExpression(env, node.text, {
    place: node,
    form: "direct",
    prefix: "Invalid condition expression: ",
    rule: "R-WHEN-1",
  });
  return result === undefined ? undefined : isTruthy(result.value);
}

// The documentation knows no expressions here, the newest tooling does: a text is one if it reads as one. (R-WHEN-3)
function stepExpression(env: Env, node: ScalarNode): boolean | undefined {
  if (node.text === "") return false;
  const parsed = tryParse(node.text, "direct");
  if (parsed instanceof ExpressionError || !everyNameHasDot(parsed)) {
    report(
      env,
      "always-true",
      node,
      "this text is no expression, and a text that is not empty always holds",
      {
        rule: "R-WHEN-3",
        hint: "Write `<< parameters.x >>`, or a logic statement such as `equal: [a, << parameters.x >>]`.",
      },
    );
    return true;
  }
  const result = runExpression(env, node.text, {
    place: node,
    form: "direct",
    prefix: "Invalid condition expression: ",
    rule: "R-WHEN-3",
  });
  return result === undefined ? undefined : isTruthy(result.value);
}

function everyNameHasDot(expression: Expression): boolean {
  switch (expression.is) {
    case "literal":
    case "pattern":
      return true;
    case "name":
      return expression.name.includes(".");
    case "not":
      return everyNameHasDot(expression.operand);
    case "binary":
      return everyNameHasDot(expression.left) && everyNameHasDot(expression.right);
  }
}

function scalarTruth(env: Env, node: ScalarNode): boolean | undefined {
  const value = renderValue(env, node);
  if (value.is !== "scalar") return value.is !== "steps" || value.list.items.length > 0;
  return isUnknown(value.node) ? undefined : isLogicallyTrue(value.node.value);
}

function evaluateOperator(
  env: Env,
  node: MapNode,
  where: "workflow" | "step",
  depth: number,
): boolean | undefined {
  const [key] = node.entries.keys();
  const entry = key === undefined ? undefined : node.entries.get(key);
  if (key === undefined || entry === undefined || node.entries.size !== 1 || !operators.includes(key)) {
    reportOperator(env, node, where);
    return undefined;
  }
  const inner = (item: Node) => evaluateLogic(env, item, where, depth + 1);
  switch (key) {
    case "not": {
      const operand =
        entry.value.kind === "list" ? wrongArguments(env, entry.value, "not") : inner(entry.value);
      return operand === undefined ? undefined : !operand;
    }
    case "and":
    case "or":
      return evaluateAll(env, entry.value, key, inner);
    case "equal":
      return evaluateEqual(env, entry.value, inner);
    default:
      return evaluateMatches(env, entry.value);
  }
}

function reportOperator(env: Env, node: MapNode, where: "workflow" | "step"): void {
  const keys = [...node.entries.keys()];
  if (where === "workflow" && keys.includes("condition")) {
    report(env, "logic-shape", node, "a workflow's `when` has no `condition` in it: it is the condition", {
      rule: "R-LOGIC-9",
    });
    return;
  }
  const message = `a logic statement has exactly one of ${operators.join(", ")}, not ${keys.length === 0 ? "nothing" : keys.join(", ")}`;
  report(env, "logic-shape", node, message, { hint: didYouMean(keys[0] ?? "", operators) });
}

function wrongArguments(env: Env, node: Node, operator: string): undefined {
  const expected = operator === "not" ? "one statement" : "a list of at least one statement";
  report(env, "logic-shape", node, `\`${operator}\` takes ${expected}, not ${describeNode(node)}`, {
    rule: operator === "not" ? "R-LOGIC-2" : "R-LOGIC-1",
  });
}

function evaluateAll(
  env: Env,
  node: Node,
  operator: "and" | "or",
  inner: (item: Node) => boolean | undefined,
): boolean | undefined {
  if (node.kind !== "list" || node.items.length === 0) return wrongArguments(env, node, operator);
  const results = node.items.map(inner);
  if (results.includes(undefined)) return undefined;
  return operator === "and" ? results.every((result) => result) : results.some((result) => result);
}

function evaluateEqual(
  env: Env,
  node: Node,
  inner: (item: Node) => boolean | undefined,
): boolean | undefined {
  if (node.kind !== "list" || node.items.length === 0) return wrongArguments(env, node, "equal");
  const operands = node.items.map((item) => operandOf(env, item, inner));
  if (operands.includes(undefined)) return undefined;
  return operands.every((operand) => isEqual(operand!, operands[0]!));
}

/** What `equal` compares: a scalar's value, data, or an executor by name and by definition. (R-LOGIC-3, R-LOGIC-10) */
type Operand =
  | { readonly is: "value"; readonly value: unknown }
  | { readonly is: "data"; readonly node: Node }
  | { readonly is: "executor"; readonly name: string | undefined; readonly definition: Node | undefined };

// Nested statements count as the booleans they come to; any other map or list is data.
function operandOf(env: Env, item: Node, inner: (item: Node) => boolean | undefined): Operand | undefined {
  if (item.kind === "map" && isLogic(item)) {
    const value = inner(item);
    return value === undefined ? undefined : { is: "value", value };
  }
  if (item.kind !== "scalar") return { is: "data", node: render(env, item) };
  const value = renderValue(env, item);
  switch (value.is) {
    case "scalar":
      return isUnknown(value.node) ? undefined : { is: "value", value: value.node.value };
    case "steps":
      return { is: "data", node: value.list };
    case "executor": {
      const plain = value.args === undefined;
      const found = plain ? findElement(value.env.scope, "executor", value.name) : undefined;
      const definition = found !== undefined && isFound(found) ? found.element.body : undefined;
      return { is: "executor", name: plain ? value.name : undefined, definition };
    }
  }
}

function isLogic(map: MapNode): boolean {
  const [key] = map.entries.keys();
  return map.entries.size === 1 && operators.includes(key!);
}

// `equal: [*linux, << parameters.os >>]` compares an executor with its own definition: the documented idiom.
function isEqual(a: Operand, b: Operand): boolean {
  if (a.is === "executor" && b.is === "executor") return a.name !== undefined && a.name === b.name;
  if (a.is === "executor") return executorEquals(a, b);
  if (b.is === "executor") return executorEquals(b, a);
  if (a.is === "value" && b.is === "value") return a.value === b.value;
  return a.is === "data" && b.is === "data" && sameData(a.node, b.node);
}

function executorEquals(executor: Operand & { is: "executor" }, other: Operand): boolean {
  if (other.is === "value") return executor.name !== undefined && other.value === executor.name;
  return (
    other.is === "data" && executor.definition !== undefined && sameData(executor.definition, other.node)
  );
}

function evaluateMatches(env: Env, node: Node): boolean | undefined {
  const pattern = node.kind === "map" ? valueAt(node, "pattern") : undefined;
  const value = node.kind === "map" ? valueAt(node, "value") : undefined;
  if (
    node.kind !== "map" ||
    node.entries.size !== 2 ||
    pattern?.kind !== "scalar" ||
    value?.kind !== "scalar"
  ) {
    report(env, "logic-shape", node, "`matches` takes a map of `pattern` and `value`", { rule: "R-LOGIC-4" });
    return undefined;
  }
  const subject = renderValue(env, value);
  const rendered = renderValue(env, pattern);
  if (rendered.is === "scalar" && isUnknown(rendered.node)) return undefined;
  const text = rendered.is === "scalar" ? asString(rendered.node) : undefined;
  if (text === undefined) {
    report(env, "logic-shape", pattern, "the pattern of `matches` must be a text", { rule: "R-LOGIC-4" });
    return undefined;
  }
  const regex = compilePattern(env, pattern, text);
  if (subject.is !== "scalar" || (subject.node.type !== "string" && subject.node.type !== "null")) {
    if (subject.is === "scalar" && isUnknown(subject.node)) return undefined;
    const actual = subject.is === "scalar" ? scalarText(subject.node) : subject.is;
    const message = `matches: value must produce a string, not ${actual}`;
    report(env, "logic-shape", value, message, { rule: "R-LOGIC-4" });
    return undefined;
  }
  if (subject.node.type === "null") return false;
  return regex?.testExact(subject.node.text);
}
