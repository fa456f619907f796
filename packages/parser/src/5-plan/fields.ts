import { isNull, isUnknown, scalarText, valueAt, type MapNode, type Node } from "../1-read/nodes.ts";
import type { EnvironmentPlan } from "@fmg/core";
import { report } from "../diagnostic.ts";
import type { Env } from "../4-expand/env.ts";
import { environmentEntries } from "../4-expand/executors.ts";

/** The text of a field, numbers and booleans included; undefined when it is absent, empty or malformed. */
export function textField(map: MapNode | undefined, key: string): string | undefined {
  return textOf(valueAt(map, key));
}

export function textOf(node: Node | undefined): string | undefined {
  if (node?.kind !== "scalar" || isNull(node) || isUnknown(node)) return undefined;
  return scalarText(node);
}

export function integerField(map: MapNode | undefined, key: string): number | undefined {
  const node = valueAt(map, key);
  return node?.kind === "scalar" && node.type === "integer" ? Number(node.value) : undefined;
}

export function flagField(map: MapNode | undefined, key: string): boolean {
  const node = valueAt(map, key);
  return node?.kind === "scalar" && node.value === true;
}

/** The texts of a list; a single text counts as a list of one. */
export function textsOf(node: Node | undefined): string[] {
  if (node?.kind === "list") return node.items.flatMap((item) => textOf(item) ?? []);
  const text = textOf(node);
  return text === undefined ? [] : [text];
}

/** A command line as words: a list as it is, a text by the shell's rules of quoting. (R-SH-1, section 6.2) */
export function wordsOf(node: Node | undefined): string[] | undefined {
  if (node === undefined || isNull(node)) return undefined;
  if (node.kind === "list") return textsOf(node);
  const text = textOf(node);
  return text === undefined ? undefined : splitWords(text);
}

const word = /(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/gs;
const wordPart = /\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\s'"\\]+)/gs;

function splitWords(text: string): string[] {
  return Array.from(text.matchAll(word), ([written]) =>
    Array.from(written.matchAll(wordPart), (part) => {
      if (part[3] !== undefined) return part[3].replace(/\\(["\\$`])/g, "$1");
      return part[1] ?? part[2] ?? part[4] ?? "";
    }).join(""),
  );
}

/**
 * Variables as the job gets them: booleans are 1 and 0 when the job starts, an empty value is the empty text.
 * (R-ENV-6, R-ENV-7)
 */
export function environmentPlan(env: Env, node: Node | undefined): EnvironmentPlan {
  const variables: { name: string; value: string }[] = [];
  for (const [name, { key, value }] of environmentEntries(node)) {
    if (value.kind !== "scalar" || isUnknown(value)) continue;
    if (value.type === "null" && isFromTemplate(value)) warnOfNull(env, name, key);
    variables.push({
      name,
      value: value.type === "boolean" ? (value.value === true ? "1" : "0") : scalarText(value),
    });
  }
  return variables;
}

function isFromTemplate(value: Node): boolean {
  return value.file.text.slice(value.start, value.end).includes("<<");
}

function warnOfNull(env: Env, name: string, key: Node): void {
  report(env, "null-variable", key, `the variable \`${name}\` is empty: its value is null`);
}
