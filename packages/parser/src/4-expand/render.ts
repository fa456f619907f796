import {
  isUnknown,
  mapAt,
  listAt,
  quoteShort,
  scalarAt,
  scalarText,
  unknownAt,
  type MapEntry,
  type Node,
  type ScalarNode,
} from "../1-read/nodes.ts";
import type { Place, Via } from "../1-read/source-file.ts";
import { report } from "../diagnostic.ts";
import { spend, type Env, type Value } from "./env.ts";
import { isPattern, type ExpressionValue } from "./expression/evaluate.ts";
import { ExpressionError } from "./expression/errors.ts";
import { tryEvaluate, tryParse } from "./expression/run.ts";
import { lookUpName, type NameResult, type OpaqueValue } from "./lookup.ts";
import { placeInside } from "./place-inside.ts";
import { parseTemplate, type TagPart, type Template, type TemplatePart } from "./template.ts";

/** A node with its templates rendered; values that are no data (steps, executors) are reported. */
export function render(env: Env, node: Node): Node {
  if (!node.template || !env.session.templating) return node;
  if (node.kind === "list")
    return listAt(
      node,
      node.items.map((item) => render(env, item)),
    );
  if (node.kind === "map") {
    const entries = new Map<string, MapEntry>();
    for (const [key, entry] of node.entries) {
      entries.set(key, { key: entry.key, value: render(env, entry.value) });
    }
    return mapAt(node, entries);
  }
  const value = renderValue(env, node);
  if (value.is === "scalar") return value.node;
  if (value.is === "executor" && value.args === undefined) return scalarAt(node, value.name);
  report(env, "template-value", node, `${articleOf(value)} cannot stand here`, { rule: "R-TPL-9" });
  return unknownAt(node);
}

/** The value of a scalar: with its native type if it is one tag and nothing else, else text. (R-TPL-8) */
export function renderValue(env: Env, node: ScalarNode): Value {
  if (!node.template || !env.session.templating || node.type !== "string") return { is: "scalar", node };
  const template = templateOf(env, node.text);
  if (template.error !== undefined) {
    const { code, message, offset, hint } = template.error;
    report(env, code, placeInside(node, node.text, offset, 2), message, { hint });
    return { is: "scalar", node: unknownAt(node) };
  }
  if (template.whole !== undefined) return renderTag(env, node, template.whole);
  const text = renderParts(env, node, template.parts);
  if (text === undefined || !spend(env, node, { nodes: 1, characters: text.length })) {
    return { is: "scalar", node: unknownAt(node) };
  }
  return { is: "scalar", node: scalarAt(node, text) };
}

/** The parsed template of a text, from the cache of this compile. */
export function templateOf(env: Env, text: string): Template {
  const { templates } = env.session;
  let template = templates.get(text);
  if (template === undefined) templates.set(text, (template = parseTemplate(text)));
  return template;
}

/** Parses and evaluates an expression; undefined after a report. */
export function runExpression(
  env: Env,
  source: string,
  options: {
    readonly place: Place;
    readonly form: "tag" | "direct";
    /** Leads the message: `Invalid condition expression: `. */
    readonly prefix?: string;
    readonly rule?: string;
  },
): { readonly value: ExpressionValue<OpaqueValue>; readonly source: Value | undefined } | undefined {
  const { place, prefix = "", rule } = options;
  const key = `${options.form}${source}`;
  const { expressions } = env.session;
  let parsed = expressions.get(key);
  if (parsed === undefined) expressions.set(key, (parsed = tryParse(source, options.form)));
  let problem: Extract<NameResult, { message: string }> | undefined;
  let origin: Value | undefined;
  const failed = (error: ExpressionError): undefined => {
    const closer = problem?.rule ?? rule ?? ruleOf(error);
    report(env, codeOf(error), place, prefix + (problem?.message ?? error.message), {
      hint: problem?.hint,
      rule: closer,
    });
  };
  if (parsed instanceof ExpressionError) return failed(parsed);
  const result = tryEvaluate<OpaqueValue>(parsed, (name) => {
    const found = lookUpName(env, name, place);
    if ("message" in found) {
      problem = found;
      return "unknown";
    }
    origin = found.source;
    return found;
  });
  if (result instanceof ExpressionError) return failed(result);
  // Only a bare name's value has an origin; what an operator made is new.
  return { value: result.value, source: parsed.is === "name" ? origin : undefined };
}

function codeOf(error: ExpressionError): "expression-syntax" | "unknown-name" | "expression-type" {
  if (error.type === "Interpreter/UNKNOWN_VARIABLE") return "unknown-name";
  return error.type.startsWith("Interpreter/") ? "expression-type" : "expression-syntax";
}

function ruleOf(error: ExpressionError): string {
  if (error.type.startsWith("Interpreter/")) return "R-EXPR-6";
  return error.type.includes("PATTERN") ? "R-EXPR-7" : "R-EXPR-10";
}

function renderTag(env: Env, node: ScalarNode, tag: TagPart): Value {
  const place = placeInside(node, node.text, tag.offset, tag.body.length + 4);
  if (/^include\s*\(/.test(tag.body)) {
    const message = "`<<include(file)>>` is put in by `orb pack` only, it cannot stand in a config";
    report(env, "template-include", place, message);
    return { is: "scalar", node: unknownAt(node) };
  }
  const result = runExpression(env, tag.body, {
    place,
    form: "tag",
    ...(tag.body === "" ? { rule: "R-TPL-6" } : {}),
  });
  if (result === undefined) return { is: "scalar", node: unknownAt(node) };
  const { value } = result;
  if (isPattern(value)) {
    report(env, "template-value", place, "a pattern cannot stand here; it belongs behind `matches`");
    return { is: "scalar", node: unknownAt(node) };
  }
  if (typeof value === "object") return value;
  if (result.source?.is === "scalar" && isUnknown(result.source.node)) {
    return { is: "scalar", node: unknownAt(node) };
  }
  const at: Place =
    result.source === undefined ? node : { ...placeOf(node), via: viaOf(tag, result.source, node) };
  return { is: "scalar", node: withText(scalarAt(at, value ?? null), result.source) };
}

function placeOf(node: Node): Place {
  return { file: node.file, start: node.start, end: node.end, via: node.via };
}

// An integer too big for a number keeps the digits that were written.
function withText(node: ScalarNode, source: Value | undefined): ScalarNode {
  return source?.is === "scalar" ? { ...node, type: source.node.type, text: source.node.text } : node;
}

function viaOf(tag: TagPart, source: Value, node: Node): Via | undefined {
  if (source.is !== "scalar") return node.via;
  return { message: `\`${tag.body}\` has its value from here`, place: source.node };
}

function renderParts(env: Env, node: ScalarNode, parts: readonly TemplatePart[]): string | undefined {
  let text = "";
  let broken = false;
  for (const part of parts) {
    const rendered = renderPart(env, node, part);
    if (rendered === undefined) broken = true;
    else text += rendered;
  }
  return broken ? undefined : text;
}

function renderPart(env: Env, node: ScalarNode, part: TemplatePart): string | undefined {
  if (part.is === "text") return part.text;
  if (part.is === "tag") return textOf(env, node, renderTag(env, node, part));
  const place = placeInside(node, node.text, part.offset, 3);
  const result = runExpression(env, part.name, { place, form: "tag", rule: "R-TPL-7" });
  if (result === undefined) return undefined;
  const truthy = isLogicallyTrue(result.value);
  return truthy === part.inverted ? "" : renderParts(env, node, part.parts);
}

/** A value inside of a longer text. (R-TPL-9) */
function textOf(env: Env, node: ScalarNode, value: Value): string | undefined {
  if (value.is === "scalar") return isUnknown(value.node) ? undefined : scalarText(value.node);
  if (value.is === "executor" && value.args === undefined) return value.name;
  report(
    env,
    "template-value",
    node,
    `${articleOf(value)} cannot be part of a text: ${quoteShort(node.text)}`,
  );
  return undefined;
}

function articleOf(value: Value): string {
  return value.is === "steps" ? "a list of steps" : "an executor with arguments";
}

/** Truth as logic statements see it: false, nothing, 0, NaN and the empty text are false. (R-LOGIC-8) */
export function isLogicallyTrue(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return value !== false && value !== 0 && value !== "" && !Number.isNaN(value);
}
