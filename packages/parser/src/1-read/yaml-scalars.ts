import type { ScalarType } from "./nodes.ts";

export interface ResolvedScalar {
  readonly type: ScalarType;
  readonly value: string | number | boolean | null;
  /** `12:30` was read as 750. (R-YAML-3) */
  readonly sexagesimal: boolean;
}

const nulls = new Set(["", "~", "null", "Null", "NULL"]);
// `y` and `n` alone stay strings. (R-YAML-1)
const booleans = new Map(
  [
    ["true", true],
    ["yes", true],
    ["on", true],
    ["false", false],
    ["no", false],
    ["off", false],
  ].flatMap(([word, value]) => spellings(String(word)).map((spelling) => [spelling, value === true])),
);

function spellings(word: string): string[] {
  return [word, word[0]!.toUpperCase() + word.slice(1), word.toUpperCase()];
}

const mayBeSpecial = /^[-+0-9.~nNtTfFyYoO]/;
const mayBeNumber = /^[-+]?[.0-9]/;
const decimal = /^[-+]?(?:0|[1-9][0-9_]*)$/;
const octal = /^[-+]?0[0-7_]+$/;
const hexadecimal = /^[-+]?0x[0-9a-fA-F_]+$/;
const binary = /^[-+]?0b[01_]+$/;
const sexagesimal = /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/;
const float =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?)$/;
const infinity = /^[-+]?\.(?:inf|Inf|INF)$/;
const notANumber = /^\.(?:nan|NaN|NAN)$/;

/** True for a plain scalar that can only be a text, as nearly all are. */
export function isPlainWord(text: string): boolean {
  return text !== "" && !mayBeSpecial.test(text);
}

/** What a plain scalar means by YAML 1.1, as CircleCI reads it. (R-YAML-1 to R-YAML-4) */
export function resolvePlainScalar(text: string): ResolvedScalar {
  if (nulls.has(text)) return scalar("null", null);
  if (!mayBeSpecial.test(text)) return scalar("string", text);
  const boolean = booleans.get(text);
  if (boolean !== undefined) return scalar("boolean", boolean);
  return resolveNumber(text) ?? scalar("string", text);
}

/** The number that a text is by YAML 1.1, or undefined. */
export function resolveNumber(text: string): ResolvedScalar | undefined {
  // Words such as `name` and `run` come here for their first letter only.
  if (!mayBeNumber.test(text)) return undefined;
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "");
  if (decimal.test(text)) return scalar("integer", sign * Number(digits));
  if (octal.test(text)) return scalar("integer", sign * Number.parseInt(digits, 8));
  if (hexadecimal.test(text)) return scalar("integer", sign * Number.parseInt(digits.slice(2), 16));
  if (binary.test(text)) return scalar("integer", sign * Number.parseInt(digits.slice(2), 2));
  if (float.test(text)) return scalar("float", sign * Number.parseFloat(digits));
  if (sexagesimal.test(text)) return { ...scalar("integer", sign * base60(digits)), sexagesimal: true };
  if (infinity.test(text)) return scalar("float", sign * Infinity);
  if (notANumber.test(text)) return scalar("float", Number.NaN);
  return undefined;
}

/** The boolean that a text is by YAML 1.1, or undefined. */
export function resolveBoolean(text: string): boolean | undefined {
  return booleans.get(text);
}

function base60(digits: string): number {
  return digits.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

function scalar(type: ScalarType, value: string | number | boolean | null): ResolvedScalar {
  return { type, value: Object.is(value, -0) ? 0 : value, sexagesimal: false };
}
