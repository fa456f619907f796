import { RE2JS } from "re2js";
import type { Place } from "../1-read/source-file.ts";
import { report } from "../diagnostic.ts";
import type { Env } from "./env.ts";

// A filter's pattern is not bounded by the language; a program of the engine grows with it.
const maximumLength = 4_096;

/** Compiles a regular expression of a config, in RE2's dialect: linear time, no look-around. (R-LOGIC-5) */
export function compilePattern(env: Env, place: Place, pattern: string): RE2JS | undefined {
  const { patterns } = env.session;
  let compiled = patterns.get(pattern);
  if (compiled === undefined) patterns.set(pattern, (compiled = tryCompile(pattern)));
  if (typeof compiled !== "string") return compiled;
  const hint = /\(\?[=!<]/.test(pattern)
    ? "Patterns are RE2: there is no look-ahead and no look-behind."
    : undefined;
  report(env, "bad-pattern", place, `Invalid regular expression: ${compiled}`, { hint });
  return undefined;
}

function tryCompile(pattern: string): RE2JS | string {
  if (pattern.length > maximumLength) return `it is longer than ${maximumLength} characters`;
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
