import { ExpressionError } from "./errors.ts";
import { evaluate, type ExpressionValue, type Lookup } from "./evaluate.ts";
import { parseExpression, type Expression } from "./parse.ts";

// What an old parameter may be called: the scanner refuses it, so the whole body is one name. (R-EXPR-9)
const legacyName = /^[\w-]+(\.\S+)*$/;

/** Parses an expression; a mistake is the answer, not an exception. */
export function tryParse(source: string, form: "tag" | "direct"): Expression | ExpressionError {
  try {
    return parseExpression(source);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    if (form === "tag" && error.type === "Scanner/UNEXPECTED_CHARACTER" && legacyName.test(source)) {
      const token = { type: "IDENTIFIER", lexeme: source, position: 0, value: source } as const;
      return { is: "name", name: source, token };
    }
    return error;
  }
}

/** Evaluates an expression; a mistake is the answer, not an exception. */
export function tryEvaluate<Opaque extends object>(
  expression: Expression,
  lookup: Lookup<Opaque>,
): { readonly value: ExpressionValue<Opaque> } | ExpressionError {
  try {
    return { value: evaluate(expression, lookup) };
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
}
