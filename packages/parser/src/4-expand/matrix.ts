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
import { report } from "../diagnostic.ts";
import type { Env, Value } from "./env.ts";
import { renderValue } from "./render.ts";

/** One job of a matrix: the node and the value of every parameter. */
export interface Combination {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly values: ReadonlyMap<string, Value>;
  /** For names: the values as text, by the parameters' names in order. (R-MTX-8) */
  readonly suffix: string;
}

interface Axis {
  readonly name: string;
  readonly items: readonly AxisItem[];
}

interface AxisItem {
  readonly node: Node;
  readonly value: Value;
  readonly text: string;
}

/** All combinations of a matrix that are not excluded, in CircleCI's order. (Section 4) */
export function expandMatrix(env: Env, matrix: MapNode): Combination[] {
  const axes = readAxes(env, matrix);
  const count = axes.reduce((product, axis) => product * axis.items.length, 1);
  if (axes.length === 0 || count === 0) {
    report(env, "empty-matrix", matrix, "the matrix has no combination: no job comes out of it");
    return [];
  }
  if (count > env.session.limits.matrixJobs) {
    const message = `the matrix has ${count} combinations, ${env.session.limits.matrixJobs} are allowed`;
    report(env, "matrix-too-large", matrix, message);
    return [];
  }
  const excluded = readExclusions(env, matrix);
  const kept = product(axes).filter((row) => !excluded.some((exclusion) => matches(exclusion, axes, row)));
  if (kept.length === 0) {
    report(
      env,
      "empty-matrix",
      matrix,
      "every combination of the matrix is excluded: no job comes out of it",
    );
  }
  return kept.map((row) => combinationOf(axes, row));
}

// Sorted by name; the first varies slowest. One function, so that the order has one home. (R-MTX-4, R-MTX-9)
function readAxes(env: Env, matrix: MapNode): Axis[] {
  const parameters = asMap(valueAt(matrix, "parameters"));
  const names = [...(parameters?.entries.keys() ?? [])].sort((a, b) => (a < b ? -1 : 1));
  return names.map((name) => ({ name, items: readItems(env, valueAt(parameters, name)!) }));
}

function readItems(env: Env, node: Node): AxisItem[] {
  if (node.kind === "scalar" && !isNull(node)) {
    const value = renderValue(env, node);
    if (value.is === "scalar" && !isUnknown(value.node)) {
      const message = "the values of a matrix parameter must be a list";
      report(env, "wrong-type", node, message, { rule: "R-MTX-1", hint: "Put it in brackets: `[...]`." });
    }
    return [];
  }
  if (node.kind !== "list") return [];
  return node.items.map((item, index) => {
    const value = valueOf(env, item);
    const text = value.is === "scalar" ? scalarText(value.node) : String(index + 1);
    return { node: value.is === "scalar" ? value.node : item, value, text };
  });
}

/** Items may be steps or executors: they are bound when the job's parameter tells their type. (R-MTX-2) */
function valueOf(env: Env, item: Node): Value {
  if (item.kind === "scalar") return renderValue(env, item);
  if (item.kind === "list") return { is: "steps", list: item, env };
  const name = asString(valueAt(item, "name")) ?? "";
  return { is: "executor", name, args: item, env, place: item };
}

function product(axes: readonly Axis[]): number[][] {
  let rows: number[][] = [[]];
  for (const axis of axes) {
    rows = rows.flatMap((row) => axis.items.map((_, index) => [...row, index]));
  }
  return rows;
}

function readExclusions(env: Env, matrix: MapNode): Map<string, string>[] {
  const exclude = valueAt(matrix, "exclude");
  if (exclude?.kind !== "list") return [];
  return exclude.items.flatMap((item) => {
    const wanted = new Map<string, string>();
    for (const [name, entry] of asMap(item)?.entries ?? []) {
      const value = entry.value.kind === "scalar" ? renderValue(env, entry.value) : undefined;
      if (value?.is === "scalar") wanted.set(name, scalarText(value.node));
    }
    return wanted.size === 0 ? [] : [wanted];
  });
}

// An entry removes every combination that agrees on all the keys that it lists. (R-MTX-5)
function matches(
  exclusion: ReadonlyMap<string, string>,
  axes: readonly Axis[],
  row: readonly number[],
): boolean {
  return [...exclusion].every(([name, text]) => {
    const axis = axes.findIndex((candidate) => candidate.name === name);
    return axis !== -1 && axes[axis]!.items[row[axis]!]!.text === text;
  });
}

function combinationOf(axes: readonly Axis[], row: readonly number[]): Combination {
  const items = axes.map((axis, index) => ({ name: axis.name, ...axis.items[row[index]!]! }));
  return {
    nodes: new Map(items.map((item) => [item.name, item.node])),
    values: new Map(items.map((item) => [item.name, item.value])),
    suffix: items.map((item) => item.text).join("-"),
  };
}
