import type { LeftOut } from "@fmg/core";
import {
  asMap,
  isNull,
  isUnknown,
  scalarText,
  valueAt,
  type MapNode,
  type Node,
  type ScalarNode,
} from "../1-read/nodes.ts";
import { rangeOf, type Place } from "../1-read/source-file.ts";
import type { Env } from "../4-expand/env.ts";
import { isTruthy } from "../4-expand/expression/evaluate.ts";
import { compilePattern } from "../4-expand/pattern.ts";
import { renderValue, runExpression } from "../4-expand/render.ts";

/** Why an invocation does not run for this pipeline's branch or tag; undefined when it runs. (Sections 5.4 and 5.5) */
export function applyFilters(env: Env, filters: Node | undefined, job: Place): LeftOut | undefined {
  if (filters?.kind === "scalar" && !isNull(filters)) return applyExpression(env, filters);
  const map = asMap(filters);
  checkPatterns(env, map);
  return applyMap(env, map, filters ?? job);
}

// Branch and tag defaults do not apply to the expression form. (R-FLTX-1)
function applyExpression(env: Env, filters: ScalarNode): LeftOut | undefined {
  if (isUnknown(filters)) return undefined;
  if (filters.type === "boolean") return filters.value === true ? undefined : leftOutByExpression(filters);
  const rendered = renderValue(env, filters);
  if (rendered.is !== "scalar" || isUnknown(rendered.node)) return undefined;
  const source = rendered.node.type === "string" ? rendered.node.text : scalarText(rendered.node);
  const result = runExpression(env, source, {
    place: filters,
    form: "direct",
    prefix: "Invalid filter expression: ",
    rule: "R-WHEN-1",
  });
  return result === undefined || isTruthy(result.value) ? undefined : leftOutByExpression(filters);
}

function leftOutByExpression(filters: ScalarNode): LeftOut {
  return {
    reason: "filtered_out",
    message: `the filter \`${scalarText(filters).trim()}\` does not hold`,
    rule: "R-FLTX-1",
    range: rangeOf(filters),
  };
}

interface Ref {
  readonly kind: "branch" | "tag";
  readonly name: string;
}

/** A pipeline is of a branch or of a tag. (R-FLT-3) */
function refOf(env: Env): Ref | undefined {
  const tag = env.session.pipeline.get("pipeline.git.tag");
  if (typeof tag === "string" && tag !== "") return { kind: "tag", name: tag };
  const branch = env.session.pipeline.get("pipeline.git.branch");
  return typeof branch === "string" && branch !== "" ? { kind: "branch", name: branch } : undefined;
}

function applyMap(env: Env, filters: MapNode | undefined, place: Place): LeftOut | undefined {
  const ref = refOf(env);
  // Without a ref (a plain `fmg config compile`) every job may run.
  if (ref === undefined) return undefined;
  const key = ref.kind === "branch" ? "branches" : "tags";
  const node = valueAt(filters, key);
  const only = valueAt(asMap(node), "only");
  const ignore = valueAt(asMap(node), "ignore");
  if (only === undefined && ignore === undefined) {
    // Tags run only where a filter lets them. (R-FLT-5)
    if (ref.kind === "branch") return undefined;
    const message = `tag "${ref.name}": a job without \`filters.tags\` does not run on tags`;
    return { reason: "filtered_out", message, rule: "R-FLT-5", range: rangeOf(node ?? place) };
  }
  // With both, `only` decides. (R-FLT-4)
  const list = only ?? ignore!;
  const runs = listMatches(env, list, ref.name) === (only !== undefined);
  if (runs) return undefined;
  const verb = only === undefined ? "matches" : "does not match";
  const message = `${ref.kind} "${ref.name}" ${verb} filters.${key}.${only === undefined ? "ignore" : "only"} [${textsIn(list).join(", ")}]`;
  return {
    reason: "filtered_out",
    message,
    rule: ref.kind === "branch" ? "R-FLT-4" : "R-FLT-5",
    range: rangeOf(list),
  };
}

function textsIn(list: Node): string[] {
  return items(list).flatMap((item) =>
    item.kind === "scalar" && !isNull(item) ? [JSON.stringify(scalarText(item))] : [],
  );
}

function items(list: Node): readonly Node[] {
  return list.kind === "list" ? list.items : [list];
}

function listMatches(env: Env, list: Node, name: string): boolean {
  return items(list).some((item) => item.kind === "scalar" && !isNull(item) && entryMatches(env, item, name));
}

// `/re/` must match the whole name; anything else is exact. (R-FLT-1)
function entryMatches(env: Env, item: ScalarNode, name: string): boolean {
  const text = scalarText(item);
  const pattern = patternOf(text);
  if (pattern === undefined) return text === name;
  return compilePattern(env, item, pattern)?.testExact(name) ?? false;
}

function patternOf(text: string): string | undefined {
  if (text.length < 2 || !text.startsWith("/") || !text.endsWith("/")) return undefined;
  return text.slice(1, -1).replaceAll("\\/", "/");
}

/** Every pattern is checked, also those that this pipeline does not ask for: mistakes must not wait for a tag. */
function checkPatterns(env: Env, filters: MapNode | undefined): void {
  for (const { value } of filters?.entries.values() ?? []) {
    for (const { value: list } of asMap(value)?.entries.values() ?? []) {
      for (const item of items(list)) {
        const pattern = item.kind === "scalar" && !isNull(item) ? patternOf(scalarText(item)) : undefined;
        if (pattern !== undefined) compilePattern(env, item, pattern);
      }
    }
  }
}
