import type { SourceRange, StepCondition } from "@fmg/core";
import type { MapNode } from "../1-read/nodes.ts";
import { rangeOf } from "../1-read/source-file.ts";
import type { ExpandedStep } from "../4-expand/steps.ts";
import { textField } from "./fields.ts";

/** What every step has: its name, when it runs, its place. */
export function common(
  step: ExpandedStep,
  body: MapNode | undefined,
  name: string,
): { name: string; when: StepCondition; range: SourceRange } {
  return { name: textField(body, "name") ?? name, when: conditionOf(body), range: rangeOf(step.place) };
}

function conditionOf(body: MapNode | undefined): StepCondition {
  const when = textField(body, "when");
  return when === "always" || when === "on_fail" ? when : "on_success";
}

/** `{ key: value }`, or nothing when the value is absent. */
export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
