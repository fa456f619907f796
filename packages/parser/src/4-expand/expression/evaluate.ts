import type { RE2JS } from "re2js";
import { ExpressionError } from "./errors.ts";
import type { Expression } from "./parse.ts";
import type { Token } from "./scan.ts";

/** A `/pattern/` literal as a value. */
export interface Pattern {
  readonly pattern: string;
  readonly regex: RE2JS;
}

/** Undefined is the value of names that are known and empty. `Opaque` is anything that is no scalar: steps, executors. */
export type ExpressionValue<Opaque> = string | number | boolean | undefined | Pattern | Opaque;

/** The value of a name; `unknown` when there is no such name. (R-EXPR-4) */
export type Lookup<Opaque> = (name: string) => { readonly value: ExpressionValue<Opaque> } | "unknown";

/** Evaluates from left to right; `and` and `or` answer an operand and look no further than they must. (R-EXPR-1) */
export function evaluate<Opaque extends object>(
  expression: Expression,
  lookup: Lookup<Opaque>,
): ExpressionValue<Opaque> {
  switch (expression.is) {
    case "literal":
      return expression.value;
    case "pattern":
      return { pattern: expression.pattern, regex: expression.regex };
    case "name":
      return evaluateName(expression, lookup);
    case "not":
      return !isTruthy(evaluate(expression.operand, lookup));
    case "binary":
      return evaluateBinary(expression, lookup);
  }
}

/** Only false and undefined are falsy; 0 and "" are not. (R-EXPR-2) */
export function isTruthy(value: unknown): boolean {
  return value !== false && value !== undefined;
}

function evaluateName<Opaque>(
  expression: Expression & { is: "name" },
  lookup: Lookup<Opaque>,
): ExpressionValue<Opaque> {
  const found = lookup(expression.name);
  if (found !== "unknown") return found.value;
  const message = `Referred to a variable "${expression.name}" that does not exist`;
  throw failure("Interpreter/UNKNOWN_VARIABLE", message, expression.token);
}

function evaluateBinary<Opaque extends object>(
  expression: Expression & { is: "binary" },
  lookup: Lookup<Opaque>,
): ExpressionValue<Opaque> {
  const { operator } = expression;
  const left = evaluate(expression.left, lookup);
  if (operator.type === "AND") return isTruthy(left) ? evaluate(expression.right, lookup) : left;
  if (operator.type === "OR") return isTruthy(left) ? left : evaluate(expression.right, lookup);
  const right = evaluate(expression.right, lookup);
  // An undefined operand makes the whole undefined, before types are looked at. (R-EXPR-3)
  if (left === undefined || right === undefined) return undefined;
  if (operator.type === "EQUAL_EQUAL") return isSame(left, right);
  if (operator.type === "BANG_EQUAL") return !isSame(left, right);
  if (operator.type === "BUILTIN") return evaluateFunction(operator, left, right);
  return compare(operator, left, right);
}

function isSame(left: unknown, right: unknown): boolean {
  if (isPattern(left) && isPattern(right)) return left.pattern === right.pattern;
  return left === right;
}

function compare(operator: Token, left: unknown, right: unknown): boolean {
  if (typeof left !== "number" || typeof right !== "number") {
    const message = `Expected numeric operands to "${operator.lexeme}" operator`;
    throw failure("Interpreter/EXPECTED_NUMERIC_OPERAND", message, operator);
  }
  if (operator.type === "GREATER") return left > right;
  if (operator.type === "GREATER_EQUAL") return left >= right;
  return operator.type === "LESS" ? left < right : left <= right;
}

function evaluateFunction(operator: Token, left: unknown, right: unknown): boolean {
  const name = operator.lexeme;
  if (name === "matches") {
    if (!isPattern(right)) {
      const message = 'Expected a pattern such as /main/ on the right of "matches"';
      throw failure("Interpreter/EXPECTED_PATTERN_OPERAND", message, operator);
    }
    if (typeof left !== "string") throw expectedStrings(operator);
    return right.regex.testExact(left);
  }
  if (typeof left !== "string" || typeof right !== "string") throw expectedStrings(operator);
  return name === "starts-with" ? left.startsWith(right) : left.includes(right);
}

function expectedStrings(operator: Token): ExpressionError {
  const message = `Expected string operands to "${operator.lexeme}" operator`;
  return failure("Interpreter/EXPECTED_STRING_OPERAND", message, operator);
}

export function isPattern(value: unknown): value is Pattern {
  return typeof value === "object" && value !== null && "pattern" in value;
}

function failure(type: ExpressionError["type"], message: string, token: Token): ExpressionError {
  return new ExpressionError(type, message, {
    lexeme: token.lexeme,
    position: token.position,
    token: token.type,
  });
}
