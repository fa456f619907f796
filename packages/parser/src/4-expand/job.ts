import { isNull, mapAt, valueAt, type MapEntry, type MapNode, type Node } from "../1-read/nodes.ts";
import type { Place } from "../1-read/source-file.ts";
import { checkShape } from "../2-shape/check-shape.ts";
import type { ElementShape } from "../2-shape/config-shape.ts";
import { job as jobShape } from "../2-shape/language/jobs.ts";
import type { Scope } from "../3-resolve/scope.ts";
import { report } from "../diagnostic.ts";
import { bindParameters, type Argument } from "./arguments.ts";
import { calleeOf } from "./callee.ts";
import { withCallee, type Env, type Value } from "./env.ts";
import { expandExecutor, mergeExecutor } from "./executors.ts";
import { render } from "./render.ts";
import { expandSteps, shapeCheck, type ExpandedStep } from "./steps.ts";

/** A job's body for one invocation: parameters bound, executor merged, steps inlined. (Sections 3.4 and 6) */
export interface ExpandedJob {
  readonly type: string;
  /** The rendered keys, without `steps`, `executor`, `parameters` and `description`. */
  readonly keys: ReadonlyMap<string, MapEntry>;
  readonly steps: readonly ExpandedStep[];
  readonly body: MapNode;
  /** The name in `jobs`. */
  readonly place: Place;
  /** For what is still to be said about the job. */
  readonly env: Env;
}

export interface JobCall {
  readonly element: ElementShape;
  readonly scope: Scope;
  readonly arguments: ReadonlyMap<string, Argument>;
  readonly preSteps: Node | undefined;
  readonly postSteps: Node | undefined;
  /** The job's name in the workflow. */
  readonly place: Place;
}

const notKept = new Set(["steps", "executor", "parameters", "description"]);

/** Expands one invocation; `env` is the workflow's, with the matrix. */
export function expandJob(env: Env, call: JobCall): ExpandedJob | undefined {
  const { element, scope } = call;
  const body = element.body;
  if (body === undefined) return undefined;
  const callee: Env = { ...env, scope, parameters: undefined, matrix: undefined, calls: undefined };
  const parameters = bindJobParameters(env, callee, call);
  const called = calleeOf({ element, scope, parameters, given: call.arguments });
  const inner: Env = withCallee({ ...callee, parameters }, called);
  const own = renderKeys(inner, body);
  const use = valueAt(body, "executor");
  const executor = use === undefined || isNull(use) ? undefined : expandExecutor(inner, use);
  const keys = executor === undefined ? own : mergeExecutor(executor, own);
  checkShape(shapeCheck(inner), mapAt(body, keys), jobShape, { what: `the job \`${element.name}\`` });
  const type = textOfType(keys);
  if (type === "build" && use !== undefined && executor !== undefined) reportMissingType(inner, keys, use);
  if (type !== "build") checkControlJob(inner, type, element);
  return {
    type,
    keys,
    steps: type === "build" ? collectSteps(env, inner, call) : [],
    body,
    place: element.place,
    env: inner,
  };
}

// An executor's arguments in an invocation are read with the invoked job's parameters. (R-SCOPE-5)
function bindJobParameters(env: Env, callee: Env, call: JobCall): Map<string, Value> {
  const bound = bindParameters(call.element, call.arguments, { caller: env, callee, place: call.place });
  for (const [name, value] of bound) {
    if (value.is !== "executor" || value.args === undefined || value.env.parameters !== undefined) continue;
    bound.set(name, { ...value, env: { ...value.env, parameters: bound } });
  }
  return bound;
}

function renderKeys(env: Env, body: MapNode): Map<string, MapEntry> {
  const keys = new Map<string, MapEntry>();
  for (const [key, entry] of body.entries) {
    if (!notKept.has(key)) keys.set(key, { key: entry.key, value: render(env, entry.value) });
  }
  return keys;
}

function textOfType(keys: ReadonlyMap<string, MapEntry>): string {
  const type = keys.get("type")?.value;
  return type?.kind === "scalar" && type.type === "string" ? type.text : "build";
}

function reportMissingType(env: Env, keys: ReadonlyMap<string, MapEntry>, use: Node): void {
  if (["docker", "machine", "macos"].some((type) => keys.has(type))) return;
  const name = use.kind === "scalar" ? use.text : "";
  const message = `Executor ${name} is missing a required key: "docker", "machine", or "macos"`.replace(
    "  ",
    " ",
  );
  report(env, "no-executor", use, message);
}

const controlKeys = new Map([
  ["release", ["plan_name"]],
  ["lock", ["key"]],
  ["unlock", ["key"]],
]);

/** A job that runs no steps: what it needs, and what has no meaning for it. (R-JOB-4, R-REL-1, R-LOCK-1) */
function checkControlJob(env: Env, type: string, element: ElementShape): void {
  const { body, place } = element;
  for (const key of controlKeys.get(type) ?? []) {
    if (body?.entries.has(key) === true) continue;
    const rule = type === "release" ? "R-REL-1" : "R-LOCK-1";
    report(env, "missing-key", place, `a job of type ${type} needs the key \`${key}\``, { rule });
  }
  const steps = body?.entries.get("steps");
  if (steps !== undefined) {
    report(env, "control-job", steps.key, `\`steps\` of a job of type ${type} have no effect`);
  }
  if (type === "release") {
    report(env, "release-tracking", place, "release tracking is not supported: the job does nothing");
  }
}

/** `pre-steps`, the job's steps, `post-steps`; the outer two are read in the workflow. (R-STEP-9, R-PP-1) */
function collectSteps(workflow: Env, job: Env, call: JobCall): ExpandedStep[] {
  const steps: ExpandedStep[] = [];
  if (call.preSteps !== undefined && !isNull(call.preSteps)) expandSteps(workflow, call.preSteps, steps);
  const own = valueAt(call.element.body, "steps");
  if (own !== undefined) expandSteps(job, own, steps);
  if (call.postSteps !== undefined && !isNull(call.postSteps)) expandSteps(workflow, call.postSteps, steps);
  return steps;
}
