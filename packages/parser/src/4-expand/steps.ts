import {
  asMap,
  describeNode,
  isNull,
  isUnknown,
  onlyEntry,
  unknownAt,
  valueAt,
  type MapNode,
  type Node,
  type ScalarNode,
} from "../1-read/nodes.ts";
import { checkShape, type ShapeCheck } from "../2-shape/check-shape.ts";
import type { ElementShape } from "../2-shape/config-shape.ts";
import { builtInSteps } from "../2-shape/language/steps.ts";
import { resolved } from "../2-shape/shape.ts";
import { findElement, isFound, type Found } from "../3-resolve/scope.ts";
import { report, type Frame } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import { argumentsOf, bindParameters } from "./arguments.ts";
import { calleeOf } from "./callee.ts";
import { spend, withCallee, withFrame, type Env } from "./env.ts";
import { holds } from "./logic.ts";
import { render, renderValue } from "./render.ts";

/** A built-in step with everything rendered, and the calls that it came by. */
export interface ExpandedStep {
  readonly type: string;
  /** Undefined for a bare name such as `checkout`. */
  readonly body: Node | undefined;
  /** The step's name in the source. */
  readonly place: ScalarNode;
  readonly frame: Frame | undefined;
}

/** Inlines commands, splices `steps` parameters and folds `when` and `unless`, to any depth. (Section 3.1) */
export function expandSteps(env: Env, node: Node, into: ExpandedStep[]): void {
  if (node.kind === "scalar") {
    spliceParameter(env, node, into);
    return;
  }
  if (node.kind === "map") {
    // Published orbs have such; a list of one is the obvious meaning.
    report(env, "steps-not-a-list", node, "steps should be a list", { hint: "Put a dash before the step." });
  }
  for (const item of node.kind === "map" ? [node] : node.items) {
    if (!spend(env, item, { nodes: 1 })) return;
    expandStep(env, item, into);
  }
}

// `steps: << parameters.s >>`: the steps are read where they were written. (R-STEP-5, R-STEP-8)
function spliceParameter(env: Env, node: ScalarNode, into: ExpandedStep[]): void {
  const value = renderValue(env, node);
  if (value.is === "steps") {
    expandSteps(withCalls(value.env, env), value.list, into);
    return;
  }
  if (value.is === "scalar" && (isUnknown(value.node) || isNull(value.node))) return;
  report(
    env,
    "wrong-type",
    node,
    `steps must be a list or a parameter of type steps, not ${describeNode(node)}`,
    {
      rule: "R-STEP-5",
    },
  );
}

/** The surroundings of passed steps, reached through the calls that pass them. */
function withCalls(written: Env, reached: Env): Env {
  return { ...written, frame: reached.frame };
}

function expandStep(env: Env, node: Node, into: ExpandedStep[]): void {
  const step = readStep(env, node, into);
  if (step === undefined) return;
  const { name, body, place } = step;
  if (!env.scope.elements.commands.has(name)) {
    if (name === "when" || name === "unless") return foldCondition(env, name, body, into);
    if (name === "steps") return body === undefined ? undefined : expandSteps(env, body, into);
    if (builtInSteps.has(name)) return addBuiltIn(env, step, into);
  }
  const found = findElement(env.scope, "command", name);
  if (isFound(found)) return callCommand(env, found, step, into);
  if (found.excused) return;
  if (env.scope.functions.has(name.split("/")[0]!)) {
    report(env, "function-unsupported", place, `functions are not supported: \`${name}\``, {
      hint: "Use a command, or an orb's.",
    });
    return;
  }
  const hint = found.hint ?? didYouMean(name, builtInSteps.keys());
  report(env, found.code, place, found.message, { hint, rule: "R-STEP-4" });
}

interface WrittenStep {
  readonly name: string;
  readonly body: Node | undefined;
  readonly place: ScalarNode;
  /** `- cmd:` and `- cmd: {}`. (R-PARAM-15) */
  readonly empty: boolean;
}

/** A step as written; malformed ones were reported with the list's shape, unless they came as an argument. */
function readStep(env: Env, node: Node, into: ExpandedStep[]): WrittenStep | undefined {
  if (node.kind === "scalar" && node.template && env.session.templating) return readTemplate(env, node, into);
  if (node.kind === "scalar" && node.type === "string")
    return { name: node.text, body: undefined, place: node, empty: false };
  const only = node.kind === "map" ? onlyEntry(node) : undefined;
  if (only !== undefined) {
    const { key, value } = only;
    const nothing = isNull(value);
    const empty = nothing || (value.kind === "map" && value.entries.size === 0);
    return { name: key.text, body: nothing ? undefined : value, place: key, empty };
  }
  if (node.kind === "map") {
    const keys = [...node.entries.keys()];
    const message =
      keys.length === 0
        ? "a step must have a name"
        : `a step must have exactly one key, this one has ${keys.length}: ${keys.join(", ")}`;
    report(env, "step-keys", node, message, { hint: "Begin every step with a dash of its own." });
  } else if (!isUnknown(node)) {
    const message = `a step must be a name or a map of a name to its body, not ${describeNode(node)}`;
    report(env, "wrong-type", node, message, { rule: "R-STEP-1" });
  }
  return undefined;
}

// `- << parameters.s >>` splices steps as `- steps:` does; `- install-<< parameters.os >>` is a command's name.
function readTemplate(env: Env, node: ScalarNode, into: ExpandedStep[]): WrittenStep | undefined {
  const value = renderValue(env, node);
  if (value.is === "scalar" && value.node.type === "string") {
    return { name: value.node.text, body: undefined, place: value.node, empty: false };
  }
  spliceParameter(env, node, into);
  return undefined;
}

function foldCondition(
  env: Env,
  name: "when" | "unless",
  body: Node | undefined,
  into: ExpandedStep[],
): void {
  const map = asMap(body);
  const condition = valueAt(map, "condition");
  const steps = valueAt(map, "steps");
  if (condition === undefined || steps === undefined) {
    // Reported with the shape, unless the step came as an argument.
    if (body !== undefined)
      checkShape(shapeCheck(env), body, resolved(builtInSteps.get(name)!), { what: `the step \`${name}\`` });
    return;
  }
  if (holds(env, condition, "step") !== (name === "when")) {
    env.session.folded.push({ key: name, condition, env });
    return;
  }
  expandSteps(env, steps, into);
}

function addBuiltIn(env: Env, step: WrittenStep, into: ExpandedStep[]): void {
  const { name, place } = step;
  const body = step.body === undefined ? undefined : render(env, step.body);
  const shape = resolved(builtInSteps.get(name)!);
  checkShape(shapeCheck(env), body ?? nothingAt(place), shape, { what: `the step \`${name}\`` });
  into.push({ type: name, body, place, frame: env.frame });
}

function nothingAt(place: ScalarNode): ScalarNode {
  return { ...unknownAt(place), type: "null", value: null };
}

/** After rendering nothing is a template any more. */
export function shapeCheck(env: Env): ShapeCheck {
  return {
    diagnostics: env.diagnostics,
    frame: env.frame,
    templates: false,
    lax: !env.session.templating,
  };
}

const noExceptions: ReadonlySet<string> = new Set();

function callCommand(env: Env, found: Found, step: WrittenStep, into: ExpandedStep[]): void {
  const { element, scope } = found;
  const { name, place } = step;
  if (!mayCall(env, element, place)) return;
  const framed = withFrame(env, `Error calling command: '${name}'`, place);
  const callee: Env = {
    ...framed,
    scope,
    parameters: undefined,
    matrix: undefined,
    calls: { element, parent: env.calls, depth: (env.calls?.depth ?? 0) + 1 },
  };
  if (step.empty)
    report(framed, "no-arguments", place, `\`${name}\` is called with no arguments: the colon is not needed`);
  const given = argumentsOf(argumentMap(framed, step), noExceptions);
  const parameters = bindParameters(element, given, { caller: framed, callee, place });
  const steps = valueAt(element.body, "steps");
  const inner = withCallee({ ...callee, parameters }, calleeOf({ element, scope, parameters, given }));
  if (steps !== undefined) expandSteps(inner, steps, into);
  else if (element.body?.entries.size === 0) {
    report(framed, "missing-key", element.place, `the command \`${name}\` needs the key \`steps\``, {
      rule: "R-CMD-1",
    });
  }
}

function argumentMap(env: Env, step: WrittenStep): MapNode | undefined {
  if (step.body === undefined || step.body.kind === "map") return step.body;
  const message = `the command \`${step.name}\` takes a map of arguments, not ${describeNode(step.body)}`;
  report(env, "wrong-type", step.body, message, { rule: "R-CMD-2" });
  return undefined;
}

function mayCall(env: Env, element: ElementShape, place: ScalarNode): boolean {
  for (let call = env.calls; call !== undefined; call = call.parent) {
    if (call.element !== element) continue;
    const message = `the command \`${element.name}\` calls itself: recursion is not possible`;
    report(env, "recursive-command", place, message);
    return false;
  }
  if ((env.calls?.depth ?? 0) < env.session.limits.callDepth) return true;
  const message = `commands call one another more than ${env.session.limits.callDepth} levels deep`;
  report(env, "recursive-command", place, message);
  return false;
}
