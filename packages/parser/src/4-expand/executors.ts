import {
  asString,
  isNull,
  isUnknown,
  valueAt,
  type MapEntry,
  type MapNode,
  type Node,
} from "../1-read/nodes.ts";
import { findElement, isFound } from "../3-resolve/scope.ts";
import { report } from "../diagnostic.ts";
import { argumentsOf, bindParameters } from "./arguments.ts";
import { withFrame, type Env, type ExecutorValue } from "./env.ts";
import { render, renderValue } from "./render.ts";

const notArguments: ReadonlySet<string> = new Set(["name"]);
const notPartOfJob = new Set(["parameters", "description"]);

/** The rendered keys of the executor that a job names; undefined after a report. (Section 3.3) */
export function expandExecutor(env: Env, use: Node): ReadonlyMap<string, MapEntry> | undefined {
  const value = executorOf(env, use);
  if (value === undefined) return undefined;
  const found = findElement(value.env.scope, "executor", value.name);
  if (!isFound(found)) {
    if (!found.excused)
      report(env, found.code, value.place, found.message, { hint: found.hint, rule: "R-EXEC-2" });
    return undefined;
  }
  const { element, scope } = found;
  const framed = withFrame(env, `Error calling executor: '${value.name}'`, value.place);
  const callee: Env = { ...framed, scope, parameters: undefined, matrix: undefined };
  const parameters = bindParameters(element, argumentsOf(value.args, notArguments), {
    caller: { ...value.env, frame: framed.frame },
    callee,
    place: value.place,
  });
  const entries = new Map<string, MapEntry>();
  for (const [key, entry] of element.body?.entries ?? []) {
    if (notPartOfJob.has(key)) continue;
    entries.set(key, { key: entry.key, value: render({ ...callee, parameters }, entry.value) });
  }
  return entries;
}

function executorOf(env: Env, use: Node): ExecutorValue | undefined {
  const name = use.kind === "map" ? valueAt(use, "name") : use;
  if (name?.kind !== "scalar") return undefined;
  const value = renderValue(env, name);
  if (value.is === "executor") {
    return use.kind === "map"
      ? { ...value, args: value.args ?? use, env: value.args === undefined ? env : value.env }
      : value;
  }
  if (value.is === "scalar") {
    if (isUnknown(value.node)) return undefined;
    const text = asString(value.node);
    if (text !== undefined && text !== "") {
      return { is: "executor", name: text, args: use.kind === "map" ? use : undefined, env, place: name };
    }
  }
  report(env, "wrong-type", name, "an executor must resolve to an executor name", { rule: "R-EXEC-2" });
  return undefined;
}

const types = ["docker", "machine", "macos"];

/** A job's keys over its executor's: the job wins, environments are joined. (R-EXEC-5) */
export function mergeExecutor(
  executor: ReadonlyMap<string, MapEntry>,
  job: ReadonlyMap<string, MapEntry>,
): Map<string, MapEntry> {
  const jobHasType = types.some((type) => job.has(type));
  const merged = new Map<string, MapEntry>();
  for (const [key, entry] of executor) {
    if (!(jobHasType && types.includes(key))) merged.set(key, entry);
  }
  for (const [key, entry] of job) {
    const below = merged.get(key);
    const joined = key === "environment" && below !== undefined;
    merged.set(key, joined ? { key: entry.key, value: joinEnvironments(below.value, entry.value) } : entry);
  }
  return merged;
}

function joinEnvironments(below: Node, above: Node): Node {
  if (isNull(above)) return below;
  const entries = new Map(environmentEntries(below));
  for (const [name, entry] of environmentEntries(above)) entries.set(name, entry);
  const { file, start, end, via, template } = above;
  return {
    kind: "map",
    entries,
    file,
    start,
    end,
    via,
    template,
    size: below.size + above.size,
    depth: 1,
  } satisfies MapNode;
}

/** The variables of an `environment`, whether written as a map or as the older list. (R-EXEC-5) */
export function environmentEntries(node: Node | undefined): [string, MapEntry][] {
  if (node === undefined || node.kind === "scalar") return [];
  if (node.kind === "map") return [...node.entries];
  return node.items.flatMap((item): [string, MapEntry][] => {
    if (item.kind === "map") return [...item.entries];
    const text = asString(item);
    if (text === undefined || item.kind !== "scalar") return [];
    const equals = text.indexOf("=");
    const name = equals === -1 ? text : text.slice(0, equals);
    const value = equals === -1 ? "" : text.slice(equals + 1);
    return [[name, { key: item, value: { ...item, text: value, value } }]];
  });
}
