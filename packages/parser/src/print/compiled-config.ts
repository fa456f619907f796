import type { MapEntry, Node } from "../1-read/nodes.ts";
import { isNull, scalarText, valueAt } from "../1-read/nodes.ts";
import { environmentEntries } from "../4-expand/executors.ts";
import type { ExpandedStep } from "../4-expand/steps.ts";
import type { Edge, JobNode } from "../5-plan/job-node.ts";
import type { ExpandedWorkflow } from "../5-plan/plan-workflow.ts";
import { textsOf } from "../5-plan/fields.ts";

/** Plain data with the types of YAML; maps keep their order and may have any key. */
export type CompiledValue =
  | { readonly type: "string" | "integer" | "float" | "boolean" | "null"; readonly text: string }
  | readonly CompiledValue[]
  | CompiledMap;

export type CompiledMap = ReadonlyMap<string, CompiledValue>;

/** CircleCI's processed form of a config. (Section 15) */
export interface CompiledConfig {
  /** One line per registry orb, and one per job that is printed under another name. (R-CF-9, R-CF-10) */
  readonly comments: readonly string[];
  readonly root: CompiledMap;
}

/**
 * The processed form of expanded workflows: every job under its final name. (R-CF-1, R-CF-2) It is made when it is first
 * read: a server runs the plan and never does.
 */
export function compiledConfig(
  workflows: readonly ExpandedWorkflow[],
  headComments: readonly string[],
): CompiledConfig {
  let made: CompiledConfig | undefined;
  const config = () => (made ??= makeConfig(workflows, headComments));
  return {
    get comments() {
      return config().comments;
    },
    get root() {
      return config().root;
    },
  };
}

function makeConfig(workflows: readonly ExpandedWorkflow[], headComments: readonly string[]): CompiledConfig {
  const comments = [...headComments];
  const jobs = new Map<string, CompiledValue>();
  const printed = new Map<string, CompiledValue>();
  for (const workflow of workflows) {
    if (workflow.leftOut?.rule === "R-WHEN-1") continue;
    const names = addJobs(jobs, workflow, comments);
    printed.set(workflow.shape.name, compiledWorkflow(workflow, names));
  }
  printed.set("version", integer(2));
  return {
    comments,
    root: new Map([
      ["version", integer(2)],
      ["jobs", jobs],
      ["workflows", printed],
    ]),
  };
}

/** The comments for a compile's orbs: `Orb 'ns/o@1' resolved to 'ns/o@1.2.3'`. (R-CF-10) */
export function orbComments(resolved: ReadonlyMap<string, string>): string[] {
  return Array.from(resolved, ([written, exact]) => `Orb '${written}' resolved to '${exact}'`);
}

/** The comments at the head of a compiled config: compiling it once more keeps them. */
export function headComments(text: string): string[] {
  const lines = text.split("\n", 1_000);
  const end = lines.findIndex((line) => !/^# (Orb|Job) '.*'$/.test(line));
  return lines.slice(0, Math.max(0, end)).map((line) => line.slice(2));
}

/** Adds a workflow's jobs to the flat map; a name that has another body already gets a suffix. (R-CF-9) */
function addJobs(
  jobs: Map<string, CompiledValue>,
  workflow: ExpandedWorkflow,
  comments: string[],
): ReadonlyMap<JobNode, string> {
  const names = new Map<JobNode, string>();
  for (const job of workflow.jobs) {
    const body = compiledJob(job);
    let name = job.name;
    for (let n = 1; body !== undefined && jobs.has(name) && !sameValue(jobs.get(name)!, body); n++) {
      name = `${job.name}-${n}`;
    }
    names.set(job, name);
    if (name !== job.name) {
      comments.push(`Job '${job.name}' of workflow '${workflow.shape.name}' is printed as '${name}'`);
    }
    if (body !== undefined) jobs.set(name, body);
  }
  return names;
}

function sameValue(a: CompiledValue, b: CompiledValue): boolean {
  if (Array.isArray(a))
    return (
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => sameValue(item, b[i] as CompiledValue))
    );
  if (a instanceof Map) {
    return (
      b instanceof Map &&
      a.size === b.size &&
      [...a].every(
        ([key, value]) => b.has(key) && sameValue(value as CompiledValue, b.get(key) as CompiledValue),
      )
    );
  }
  if (Array.isArray(b) || b instanceof Map || !("text" in a) || !("text" in b)) return false;
  return a.type === b.type && a.text === b.text;
}

function compiledJob(job: JobNode): CompiledValue | undefined {
  if (job.kind === "approval" && job.job === undefined) return undefined;
  if (job.kind !== "build") {
    const control = new Map<string, CompiledValue>([["type", string(job.kind)]]);
    if (job.lockKey !== undefined) control.set("key", string(job.lockKey));
    for (const [key, entry] of job.job?.keys ?? []) {
      if (!control.has(key)) control.set(key, compiledValue(entry.value));
    }
    return control;
  }
  if (job.job === undefined) return undefined;
  const body = new Map<string, CompiledValue>();
  for (const [key, entry] of job.job.keys) {
    body.set(key, key === "environment" ? compiledEnvironment(entry.value) : compiledValue(entry.value));
  }
  body.set("steps", job.job.steps.map(compiledStep));
  return body;
}

/** A list of one-key maps. (R-CF-5) */
function compiledEnvironment(node: Node): CompiledValue {
  return environmentEntries(node).map(
    ([name, entry]: [string, MapEntry]) => new Map([[name, compiledValue(entry.value)]]),
  );
}

// A built-in without a body stays a bare word; `run: text` gets its long form. (R-CF-4)
function compiledStep(step: ExpandedStep): CompiledValue {
  const { type, body } = step;
  if (body === undefined || isNull(body)) return string(type);
  if (body.kind === "scalar" && (type === "run" || type === "deploy")) {
    return new Map([[type, new Map([["command", compiledValue(body)]])]]);
  }
  return new Map([[type, compiledValue(body)]]);
}

function compiledWorkflow(workflow: ExpandedWorkflow, names: ReadonlyMap<JobNode, string>): CompiledValue {
  const map = new Map<string, CompiledValue>();
  map.set(
    "jobs",
    workflow.jobs.map((job) => compiledInvocation(job, names)),
  );
  const { triggers, maxAutoReruns } = workflow.shape;
  if (triggers !== undefined && !isNull(triggers)) map.set("triggers", compiledValue(triggers));
  if (maxAutoReruns > 0) map.set("max_auto_reruns", integer(maxAutoReruns));
  return map;
}

/** A bare name, or a map of what is left to be known of the invocation. (R-CF-7, R-CF-8) */
function compiledInvocation(job: JobNode, names: ReadonlyMap<JobNode, string>): CompiledValue {
  const name = names.get(job)!;
  const map = new Map<string, CompiledValue>();
  if (job.kind === "approval" && job.job === undefined) map.set("type", string("approval"));
  const edges = job.requires.filter((edge): edge is Edge & { target: JobNode } => edge.target !== undefined);
  if (edges.length > 0) {
    map.set(
      "requires",
      edges.map((edge) => string(names.get(edge.target)!)),
    );
    map.set("upstream", new Map(edges.map((edge) => [names.get(edge.target)!, edge.statuses.map(string)])));
  }
  if (job.contexts.length > 0) map.set("context", textsOf(valueAt(job.invocation, "context")).map(string));
  if (job.filters !== undefined && !isNull(job.filters)) map.set("filters", compiledValue(job.filters));
  if (job.serialGroup !== undefined) map.set("serial-group", string(job.serialGroup));
  return map.size === 0 ? string(name) : new Map([[name, map]]);
}

function compiledValue(node: Node): CompiledValue {
  switch (node.kind) {
    case "list":
      return node.items.map(compiledValue);
    case "map":
      return new Map(Array.from(node.entries, ([key, entry]) => [key, compiledValue(entry.value)]));
    case "scalar":
      return { type: node.type === "unknown" ? "null" : node.type, text: scalarText(node) };
  }
}

function string(text: string): CompiledValue {
  return { type: "string", text };
}

function integer(value: number): CompiledValue {
  return { type: "integer", text: String(value) };
}
