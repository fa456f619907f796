import {
  asString,
  describeNode,
  isNull,
  isUnknown,
  scalarAt,
  scalarText,
  unknownAt,
  valueAt,
  type MapNode,
  type Node,
  type ScalarNode,
} from "../1-read/nodes.ts";
import type { Place } from "../1-read/source-file.ts";
import { typeError, typeHint } from "../2-shape/argument-types.ts";
import { invocation } from "../2-shape/language/jobs.ts";
import type { ElementShape, ParameterShape } from "../2-shape/config-shape.ts";
import { report } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { Env, Value } from "./env.ts";
import { renderValue, templateOf } from "./render.ts";

export interface Argument {
  /** The key, for complaints about it. */
  readonly place: Place;
  readonly value: Node;
}

/** The arguments that a map gives, without the keys that mean something else. */
export function argumentsOf(map: MapNode | undefined, except: ReadonlySet<string>): Map<string, Argument> {
  const given = new Map<string, Argument>();
  for (const [name, entry] of map?.entries ?? []) {
    if (!except.has(name)) given.set(name, { place: entry.key, value: entry.value });
  }
  return given;
}

/**
 * Binds arguments to an element's parameters: checks names and types, fills in defaults. Arguments are read in the
 * caller's surroundings, defaults in those of the element. (R-PARAM-2 to R-PARAM-11)
 */
export function bindParameters(
  element: ElementShape,
  given: ReadonlyMap<string, Argument>,
  envs: { readonly caller: Env; readonly callee: Env; readonly place: Place },
): Map<string, Value> {
  const { caller, callee, place } = envs;
  reportUnexpected(caller, element, given);
  const bound = new Map<string, Value>();
  const missing: string[] = [];
  for (const [name, parameter] of element.parameters) {
    const argument = given.get(name);
    if (argument !== undefined) bound.set(name, bindArgument(caller, parameter, argument.value));
    else if (parameter.default !== undefined) {
      bound.set(name, bindArgument({ ...callee, parameters: undefined }, parameter, parameter.default));
    } else {
      missing.push(name);
      bound.set(name, { is: "scalar", node: unknownAt(place) });
    }
  }
  if (missing.length > 0) {
    const message = `Missing required argument(s): ${missing.join(", ")}`;
    report(callee, "missing-argument", place, message);
  }
  return bound;
}

function reportUnexpected(env: Env, element: ElementShape, given: ReadonlyMap<string, Argument>): void {
  for (const [name, argument] of given) {
    if (element.parameters.has(name)) continue;
    const known = [...element.parameters.keys()];
    const invocationKeys = element.kind === "job" ? invocation.fields.keys() : [];
    const hint =
      didYouMean(name, [...known, ...invocationKeys]) ??
      (known.length === 0
        ? `The ${element.kind} \`${element.name}\` has no parameters.`
        : `The ${element.kind} \`${element.name}\` has: ${known.join(", ")}.`);
    report(env, "unexpected-argument", argument.place, `Unexpected argument(s): ${name}`, { hint });
  }
}

/** One argument as the value of a parameter. */
export function bindArgument(env: Env, parameter: ParameterShape, node: Node): Value {
  if (isUnknown(node)) return unknown(node);
  if (parameter.type === "steps") return bindSteps(env, parameter, node);
  if (parameter.type === "executor") return bindExecutor(env, parameter, node);
  return bindScalar(env, parameter, node);
}

function bindSteps(env: Env, parameter: ParameterShape, node: Node): Value {
  if (node.kind === "list") return { is: "steps", list: node, env };
  if (node.kind === "scalar") {
    const value = renderValue(env, node);
    if (value.is === "steps" || (value.is === "scalar" && isUnknown(value.node))) return value;
  }
  const message = `Type error for argument ${parameter.name}: expected type: steps, actual value: ${describeNode(node)}`;
  report(env, "argument-type", node, message, { rule: "R-PARAM-11", hint: "Write a list of steps." });
  return unknown(node);
}

function bindExecutor(env: Env, parameter: ParameterShape, node: Node): Value {
  if (node.kind === "map") {
    const name = valueAt(node, "name");
    const rendered = name?.kind === "scalar" ? renderValue(env, name) : undefined;
    if (rendered?.is === "executor") return rendered;
    const text = rendered?.is === "scalar" ? asString(rendered.node) : undefined;
    if (text !== undefined) return { is: "executor", name: text, args: node, env, place: node };
  }
  if (node.kind === "scalar") {
    const value = renderValue(env, node);
    if (value.is === "executor" || (value.is === "scalar" && isUnknown(value.node))) return value;
    if (value.is === "scalar" && value.node.type === "string") {
      return { is: "executor", name: value.node.text, args: undefined, env, place: node };
    }
  }
  const message = `Type error for argument ${parameter.name}: expected type: executor, actual value: ${describeNode(node)}`;
  report(env, "argument-type", node, message, {
    hint: "Write an executor's name, or a map of `name` and arguments.",
  });
  return unknown(node);
}

function bindScalar(env: Env, parameter: ParameterShape, node: Node): Value {
  if (node.kind !== "scalar") {
    const message = `Type error for argument ${parameter.name}: expected type: ${parameter.type}, actual value: ${describeNode(node)}`;
    report(env, "argument-type", node, message);
    return unknown(node);
  }
  const value = renderValue(env, node);
  const scalar = value.is === "scalar" ? value.node : asExecutorName(value, node);
  if (scalar === undefined) {
    const message = `Type error for argument ${parameter.name}: expected type: ${parameter.type}, actual value: a list of steps`;
    report(env, "argument-type", node, message);
    return unknown(node);
  }
  if (isUnknown(scalar)) return unknown(node);
  const converted = convertPipelineValue(env, parameter, node, scalar);
  const problem = typeError(parameter, converted);
  if (problem === undefined) return { is: "scalar", node: converted };
  report(env, "argument-type", scalar, problem, { hint: typeHint(parameter, scalar) });
  return unknown(node);
}

function asExecutorName(value: Value, node: Node): ScalarNode | undefined {
  return value.is === "executor" && value.args === undefined ? scalarAt(node, value.name) : undefined;
}

/** A text parameter takes numbers and flags of the pipeline as text, but not those of parameters. (R-PARAM-8) */
function convertPipelineValue(
  env: Env,
  parameter: ParameterShape,
  written: ScalarNode,
  value: ScalarNode,
): ScalarNode {
  if (value.type === "string" || !["string", "enum", "env_var_name"].includes(parameter.type)) return value;
  if (!written.template || !env.session.templating) return value;
  const body = templateOf(env, written.text).whole?.body ?? "";
  const fromParameter = /^(parameters|matrix|pipeline\.parameters)\.\S+$/.test(body);
  if (fromParameter && !isNull(value)) return value;
  return { ...value, type: "string", value: scalarText(value), text: scalarText(value) };
}

function unknown(place: Place): Value {
  return { is: "scalar", node: unknownAt(place) };
}
