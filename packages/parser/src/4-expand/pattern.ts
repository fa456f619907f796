import { RE2JS } from "re2js";
import type { Place } from "../1-read/source-file.ts";
import { report, type ReportContext } from "../diagnostic.ts";

// A filter's pattern is not bounded by the language; a program of the engine grows with it.
const maximumLength = 4_096;

/** Compiles a regular expression of a config, in RE2's dialect: linear time, no look-around. (R-LOGIC-5) */
export function compilePattern(context: ReportContext, place: Place, pattern: string): RE2JS | undefined {
  if (pattern.length > maximumLength) {
    const message = `Invalid regular expression: it is longer than ${maximumLength} characters`;
    report(context, "bad-pattern", place, message);
    return undefined;
  }
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = /\(\?[=!<]/.test(pattern)
      ? "Patterns are RE2: there is no look-ahead and no look-behind."
      : undefined;
    report(context, "bad-pattern", place, `Invalid regular expression: ${reason}`, { hint });
    return undefined;
  }
}
