import { RE2JS } from "re2js";
import { ExpressionError } from "./4-expand/expression/errors.ts";
import { isTruthy } from "./4-expand/expression/evaluate.ts";
import type { Expression } from "./4-expand/expression/parse.ts";
import { tryEvaluate, tryParse } from "./4-expand/expression/run.ts";
import { isKnownPipelineValue } from "./4-expand/pipeline-values.ts";

/** The names that an expression may read, and their values; null is an empty one. */
export type RestrictionValues = ReadonlyMap<string, string | number | boolean | null>;

/** Whether an expression holds; where it cannot be decided, it does not, and `fault` says why. */
export interface Verdict {
  readonly holds: boolean;
  readonly fault?: string;
}

const maximumPatternLength = 4_096;

/** What is wrong with an expression that is to restrict a context; undefined where nothing is. */
export function expressionFault(source: string): string | undefined {
  const expression = tryParse(source, "direct");
  if (expression instanceof ExpressionError) return expression.message;
  const unknown = namesIn(expression).find((name) => !mayBeRead(name));
  return unknown === undefined ? undefined : cannotBeRead(unknown);
}

/** Whether a restricting expression holds. An error and an unknown name deny. (R-CTX-2) */
export function expressionHolds(source: string, values: RestrictionValues): Verdict {
  const expression = tryParse(source, "direct");
  if (expression instanceof ExpressionError) return { holds: false, fault: expression.message };
  const result = tryEvaluate(expression, (name) =>
    mayBeRead(name) ? { value: values.get(name) ?? undefined } : "unknown",
  );
  if (result instanceof ExpressionError) return { holds: false, fault: result.message };
  return { holds: isTruthy(result.value) };
}

/** What is wrong with a name or `/pattern/` of branches or tags; undefined where nothing is. */
export function patternFault(pattern: string): string | undefined {
  const source = sourceOf(pattern);
  if (source === undefined) return undefined;
  if (source.length > maximumPatternLength) return `it is longer than ${maximumPatternLength} characters`;
  try {
    RE2JS.compile(source);
    return undefined;
  } catch (error) {
    return Error.isError(error) ? error.message : String(error);
  }
}

/** Whether a branch's or tag's name is the one that is written, or matches `/pattern/` as a whole, as in filters. (R-FLT-1) */
export function nameMatches(pattern: string, name: string): boolean {
  const source = sourceOf(pattern);
  if (source === undefined) return pattern === name;
  return patternFault(pattern) === undefined && RE2JS.compile(source).testExact(name);
}

// Not what the trigger or the config's author passes in. (Section 2.4)
function mayBeRead(name: string): boolean {
  if (name.startsWith("pipeline.trigger_parameters.") || name.startsWith("pipeline.parameters."))
    return false;
  return isKnownPipelineValue(name) || name === "job.ssh.enabled";
}

function cannotBeRead(name: string): string {
  return `"${name}" cannot be read here: a restriction reads \`pipeline.*\`, but no parameters, and \`job.ssh.enabled\``;
}

function namesIn(expression: Expression): string[] {
  switch (expression.is) {
    case "name":
      return [expression.name];
    case "not":
      return namesIn(expression.operand);
    case "binary":
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    case "literal":
    case "pattern":
      return [];
  }
}

/** As in filters: `/re/`, with `\/` for a slash. */
function sourceOf(pattern: string): string | undefined {
  if (pattern.length < 2 || !pattern.startsWith("/") || !pattern.endsWith("/")) return undefined;
  return pattern.slice(1, -1).replaceAll("\\/", "/");
}
