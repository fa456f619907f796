import type { LeftOut } from "@fmg/core";
import {
  asMap,
  asString,
  isNull,
  isUnknown,
  scalarText,
  valueAt,
  type MapNode,
  type Node,
} from "../1-read/nodes.ts";
import { rangeOf } from "../1-read/source-file.ts";
import { checkShape } from "../2-shape/check-shape.ts";
import type { ConfigShape, InvocationShape, JobGroupShape, WorkflowShape } from "../2-shape/config-shape.ts";
import { invocation as invocationShape } from "../2-shape/language/jobs.ts";
import { findElement, isFound, type Found } from "../3-resolve/scope.ts";
import { report } from "../diagnostic.ts";
import { argumentsOf } from "../4-expand/arguments.ts";
import { withFrame, type Env } from "../4-expand/env.ts";
import { invocationKeys, renderInvocation } from "../4-expand/invocation.ts";
import { expandJob, type ExpandedJob } from "../4-expand/job.ts";
import { holds } from "../4-expand/logic.ts";
import { expandMatrix, type Combination } from "../4-expand/matrix.ts";
import { shapeCheck } from "../4-expand/steps.ts";
import { textOf, textsOf } from "./fields.ts";
import { applyFilters } from "./filters.ts";
import { checkGroupInvocation } from "./job-groups.ts";
import type { JobKind, JobNode } from "./job-node.ts";
import { nameTable, settleNames } from "./names.ts";
import { readRequires, resolveRequires } from "./requirements.ts";

/** Why a workflow does not run: its condition, or that it runs on its schedule only. (R-WHEN-1, R-SCH-1) */
export function workflowLeftOut(
  env: Env,
  workflow: WorkflowShape,
  scheduled: string | undefined,
): LeftOut | undefined {
  for (const key of ["when", "unless"] as const) {
    const condition = workflow[key];
    if (condition === undefined) continue;
    if (holds(env, condition, "workflow") === (key === "when")) continue;
    const message = `its \`${key}\` ${key === "when" ? "does not hold" : "holds"}`;
    return { reason: "condition_false", message, rule: "R-WHEN-1", range: rangeOf(condition) };
  }
  const { triggers } = workflow;
  if (scheduled === undefined && triggers !== undefined && !isNull(triggers)) {
    const message = "it has `triggers`: it runs on its schedule only";
    return { reason: "condition_false", message, rule: "R-SCH-1", range: rangeOf(triggers) };
  }
  if (scheduled !== undefined && workflow.name !== scheduled) {
    const message = `the schedule runs the workflow "${scheduled}" only`;
    return { reason: "condition_false", message, rule: "R-SCH-6", range: rangeOf(workflow.place) };
  }
  return undefined;
}

/** The jobs that came out of a list of invocations, and the names of matrices from which none came. */
export interface ExpandedInvocations {
  readonly jobs: JobNode[];
  readonly empty: Set<string>;
}

/** Expands the invocations of a workflow or of a job group: matrices, bodies, arguments. */
export function expandInvocations(
  env: Env,
  config: ConfigShape,
  invocations: readonly InvocationShape[],
  group: JobGroupShape | undefined,
): ExpandedInvocations {
  const expanded: ExpandedInvocations = { jobs: [], empty: new Set() };
  const limit = env.session.limits.workflowJobs;
  for (const invocation of invocations) {
    if (env.session.budget.exhausted) break;
    expandInvocation(env, config, invocation, group, expanded);
    if (expanded.jobs.length > limit) {
      report(env, "too-many-jobs", invocation.place, `the workflow has more than ${limit} jobs`);
      break;
    }
  }
  return expanded;
}

function expandInvocation(
  env: Env,
  config: ConfigShape,
  invocation: InvocationShape,
  group: JobGroupShape | undefined,
  into: ExpandedInvocations,
): void {
  const framed = withFrame(env, `Error calling job: '${invocation.job}'`, invocation.place);
  const target = config.jobGroups.get(invocation.job);
  if (target !== undefined) {
    if (group !== undefined) {
      const message = `a job group cannot have another one in it (nesting): \`${invocation.job}\` is a job group`;
      report(env, "group-shape", invocation.place, message, { rule: "R-JG-1" });
    } else into.jobs.push(expandGroup(framed, config, invocation, target));
    return;
  }
  const matrix = asMap(valueAt(invocation.body, "matrix"));
  if (matrix === undefined) {
    into.jobs.push(expandOne(framed, config, invocation, undefined, 1, group));
    return;
  }
  const combinations = expandMatrix(framed, matrix);
  if (combinations.length === 0) into.empty.add(aliasOf(invocation, matrix));
  for (const combination of combinations) {
    if (env.session.budget.exhausted) return;
    const inner = { ...framed, matrix: combination.values };
    into.jobs.push(expandOne(inner, config, invocation, combination, combinations.length, group));
  }
}

function aliasOf(invocation: InvocationShape, matrix: MapNode): string {
  return asString(valueAt(matrix, "alias")) ?? invocation.job;
}

/** One job: of an invocation without a matrix, or of one combination. */
function expandOne(
  env: Env,
  config: ConfigShape,
  invocation: InvocationShape,
  combination: Combination | undefined,
  count: number,
  group: JobGroupShape | undefined,
): JobNode {
  const own = renderInvocation(env, invocation.body);
  if (own !== undefined)
    checkShape(shapeCheck(env), own, invocationShape, { what: `the job \`${invocation.job}\`` });
  const approval = asString(valueAt(own, "type")) === "approval";
  const body = approval ? undefined : expandBody(env, config, invocation, combination, own);
  if (approval) reportApproval(env, config, invocation, group);
  if (group !== undefined && own?.entries.has("serial-group")) {
    report(
      env,
      "group-shape",
      own.entries.get("serial-group")!.key,
      "a member of a job group has no `serial-group`",
      { rule: "R-JG-1" },
    );
  }
  const baseName = nameOf(invocation, combination, own, count);
  const kind = approval ? "approval" : kindOf(body);
  const matrix = asMap(valueAt(invocation.body, "matrix"));
  return {
    kind,
    key: invocation.job,
    name: baseName,
    baseName,
    alias: matrix === undefined ? undefined : aliasOf(invocation, matrix),
    place: invocation.place,
    env,
    invocation: own,
    job: body,
    contexts: readContexts(env, valueAt(own, "context")),
    serialGroup: readSerialGroup(env, valueAt(own, "serial-group")),
    lockKey: kind === "lock" || kind === "unlock" ? lockKeyOf(body) : undefined,
    filters: valueAt(own, "filters"),
    wanted: readRequires(env, valueAt(own, "requires"), asMap(valueAt(own, "upstream"))),
    requires: [],
    leftOut: undefined,
    members: [],
  };
}

const controlKinds: readonly JobKind[] = ["approval", "no-op", "release", "lock", "unlock"];

function kindOf(body: ExpandedJob | undefined): JobKind {
  return controlKinds.find((kind) => kind === body?.type) ?? "build";
}

function lockKeyOf(body: ExpandedJob | undefined): string | undefined {
  const key = body?.keys.get("key")?.value;
  return key?.kind === "scalar" ? scalarText(key) : undefined;
}

/** The name before suffixes: the first rule that applies. (R-MTX-8, R-NAME-1) */
function nameOf(
  invocation: InvocationShape,
  combination: Combination | undefined,
  own: MapNode | undefined,
  count: number,
): string {
  const written = valueAt(invocation.body, "name");
  const rendered = valueAt(own, "name");
  const name =
    rendered?.kind === "scalar" && !isNull(rendered) && !isUnknown(rendered)
      ? scalarText(rendered)
      : undefined;
  if (combination === undefined) return name ?? invocation.job;
  const perJob = written?.kind === "scalar" && /<<[^>]*\bmatrix\./.test(written.text);
  // Several jobs with one constant name get their suffixes as equal names do.
  if (name !== undefined && (perJob || count >= 1)) return name;
  const parameter = combination.nodes.get("name");
  if (parameter?.kind === "scalar") return scalarText(parameter);
  return `${invocation.job}-${combination.suffix}`;
}

function expandBody(
  env: Env,
  config: ConfigShape,
  invocation: InvocationShape,
  combination: Combination | undefined,
  own: MapNode | undefined,
): ExpandedJob | undefined {
  const found = findJob(env, invocation, own);
  if (found === undefined) return undefined;
  const given = argumentsOf(invocation.body, invocationKeys);
  for (const [name, node] of combination?.nodes ?? []) {
    if (given.has(name)) {
      const message = `\`${name}\` is given by the matrix and as an argument`;
      report(env, "argument-twice", given.get(name)!.place, message);
    }
    given.set(name, { place: node, value: node });
  }
  return expandJob(env, {
    element: found.element,
    scope: found.scope,
    arguments: given,
    preSteps: valueAt(invocation.body, "pre-steps"),
    postSteps: valueAt(invocation.body, "post-steps"),
    place: invocation.place,
  });
}

function findJob(env: Env, invocation: InvocationShape, own: MapNode | undefined): Found | undefined {
  const found = findElement(env.scope, "job", invocation.job);
  const override = valueAt(own, "override-with");
  const replacement = override === undefined ? undefined : findOverride(env, override);
  if (replacement !== undefined) return replacement;
  if (isFound(found)) return found;
  if (!found.excused)
    report(env, found.code, invocation.place, found.message, { hint: found.hint, rule: "R-WF-4" });
  return undefined;
}

// Only an orb's job replaces a body; where the orb or the job is missing, the named job runs. (R-OVR-1)
function findOverride(env: Env, node: Node): Found | undefined {
  const name = asString(node);
  if (name === undefined) return undefined;
  const [alias] = name.split("/");
  if (!name.includes("/")) {
    report(env, "bad-override", node, `\`override-with\` must name an orb's job, not \`${name}\``, {
      hint: "Write `orb/job`.",
    });
    return undefined;
  }
  const orb = env.scope.orbs.get(alias!);
  const found = findElement(env.scope, "job", name);
  if (isFound(found)) return found;
  if (orb?.unavailable !== true) {
    report(env, "override-missing", node, `there is no job \`${name}\` to override with; the named job runs`);
  }
  return undefined;
}

function reportApproval(
  env: Env,
  config: ConfigShape,
  invocation: InvocationShape,
  group: JobGroupShape | undefined,
): void {
  const shadowed = config.jobs.has(invocation.job);
  if (shadowed && group !== undefined) {
    const message = `the approval \`${invocation.job}\` of a job group bears the name of a job`;
    report(env, "approval-shadows-job", invocation.place, message, { severity: "error" });
  } else if (shadowed) {
    const message = `the approval \`${invocation.job}\` bears the name of a job, whose steps do not run`;
    report(env, "approval-shadows-job", invocation.place, message);
  }
  for (const [key, entry] of invocation.body?.entries ?? []) {
    if (
      ["name", "requires", "filters", "type", "context", "matrix", "serial-group", "upstream"].includes(key)
    )
      continue;
    report(env, "stray-key", entry.key, `the key \`${key}\` of an approval has no effect`, {
      rule: "R-APR-2",
    });
  }
}

function readContexts(env: Env, node: Node | undefined): string[] {
  const names = textsOf(node);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    report(env, "context-twice", node!, `the context \`${name}\` stands twice`, { rule: "R-CTX-1" });
  }
  return [...new Set(names)];
}

function readSerialGroup(env: Env, node: Node | undefined): string | undefined {
  if (node?.kind !== "scalar" || isUnknown(node)) return undefined;
  const text = scalarText(node);
  if (/^[A-Za-z0-9._/-]{1,512}$/.test(text)) return text;
  const message = "`serial-group` must be 1 to 512 characters: letters, digits and any of `. _ / -`";
  report(env, "bad-serial-group", node, message);
  return undefined;
}

/** A job group stands in the graph as one job until the names are settled. (R-JG-3) */
function expandGroup(
  env: Env,
  config: ConfigShape,
  invocation: InvocationShape,
  shape: JobGroupShape,
): JobNode {
  const own = renderInvocation(env, invocation.body);
  checkGroupInvocation(
    env,
    shape.name,
    [...(invocation.body?.entries ?? [])].map(([key, e]) => [key, e.key]),
  );
  const { jobs: members, empty } = expandInvocations(env, config, shape.invocations, shape);
  settleNames(env, members);
  resolveRequires(env, members, nameTable(members, empty), `job group '${shape.name}'`);
  for (const member of members) member.leftOut = applyFilters(member.env, member.filters, member.place);
  const name = textOf(valueAt(own, "name")) ?? invocation.job;
  return {
    kind: "group",
    key: invocation.job,
    name,
    baseName: name,
    alias: undefined,
    place: invocation.place,
    env,
    invocation: own,
    job: undefined,
    contexts: [],
    serialGroup: readSerialGroup(env, valueAt(own, "serial-group")),
    lockKey: undefined,
    filters: valueAt(own, "filters"),
    wanted: readRequires(env, valueAt(own, "requires"), asMap(valueAt(own, "upstream"))),
    requires: [],
    leftOut: undefined,
    members,
  };
}
