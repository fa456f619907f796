import type { RE2JS } from "re2js";
import { ExpressionError } from "./errors.ts";
import { scan, type Token, type TokenType } from "./scan.ts";

export type Expression =
  | { readonly is: "literal"; readonly value: string | number | boolean; readonly token: Token }
  | { readonly is: "pattern"; readonly pattern: string; readonly regex: RE2JS; readonly token: Token }
  | { readonly is: "name"; readonly name: string; readonly token: Token }
  | { readonly is: "not"; readonly operand: Expression }
  | {
      readonly is: "binary";
      readonly operator: Token;
      readonly left: Expression;
      readonly right: Expression;
    };

// A tag is at most 2048 characters; a filter is not bounded, and neither may exhaust the stack.
const maximumDepth = 500;

interface Parser {
  readonly tokens: readonly Token[];
  next: number;
  depth: number;
}

/** Parses an expression; all binary operators bind to the left. (Section 2.3) */
export function parseExpression(source: string): Expression {
  const parser: Parser = { tokens: scan(source), next: 0, depth: 0 };
  const expression = parseOr(parser);
  const rest = peek(parser);
  if (rest.type === "EOF") return expression;
  const after = parser.tokens[parser.next + 1]!;
  // `a foo b` looks like an infix function; `a foo` is only a word too many. (R-EXPR-10)
  if (rest.type === "IDENTIFIER" && startsOperand(after)) {
    throw failure("Parser/UNKNOWN_INFIX_FUNCTION", `Unknown infix function "${rest.lexeme}"`, rest);
  }
  const message = `Unexpected additional input, found "${rest.lexeme}", expected EOF`;
  throw failure("Parser/UNEXPECTED_ADDITIONAL_INPUT", message, rest);
}

const operandTokens = new Set<TokenType>([
  "TRUE",
  "FALSE",
  "NUMBER",
  "STRING",
  "PATTERN",
  "IDENTIFIER",
  "LEFT_PAREN",
  "NOT",
  "BANG",
]);

function startsOperand(token: Token): boolean {
  return operandTokens.has(token.type);
}

function parseOr(parser: Parser): Expression {
  return parseBinary(parser, parseAnd, isOr);
}

function parseAnd(parser: Parser): Expression {
  return parseBinary(parser, parseEquality, isAnd);
}

function parseEquality(parser: Parser): Expression {
  return parseBinary(parser, parseComparison, isEquality);
}

function parseComparison(parser: Parser): Expression {
  return parseBinary(parser, parseUnary, isComparison);
}

const isOr = (token: Token) => token.type === "OR";
const isAnd = (token: Token) => token.type === "AND";
const isEquality = (token: Token) =>
  token.type === "EQUAL_EQUAL" || token.type === "BANG_EQUAL" || token.type === "BUILTIN";
const isComparison = (token: Token) =>
  token.type === "GREATER" ||
  token.type === "GREATER_EQUAL" ||
  token.type === "LESS" ||
  token.type === "LESS_EQUAL";

function parseBinary(
  parser: Parser,
  parseOperand: (parser: Parser) => Expression,
  isOperator: (token: Token) => boolean,
): Expression {
  let left = parseOperand(parser);
  let links = 0;
  while (isOperator(peek(parser))) {
    if (++links > maximumDepth) throw tooDeep(peek(parser));
    const operator = take(parser);
    left = { is: "binary", operator, left, right: parseOperand(parser) };
  }
  return left;
}

function parseUnary(parser: Parser): Expression {
  const token = peek(parser);
  if (token.type !== "NOT" && token.type !== "BANG") return parsePrimary(parser);
  take(parser);
  return nested(parser, token, () => ({ is: "not", operand: parseUnary(parser) }));
}

function parsePrimary(parser: Parser): Expression {
  const token = peek(parser);
  const { type, value, regex } = token;
  if (type === "LEFT_PAREN") return nested(parser, take(parser), () => parseParenthesised(parser));
  if (!startsOperand(token)) throw failure("Parser/EXPECTED_EXPRESSION", "Expected expression", token);
  take(parser);
  if (regex !== undefined) return { is: "pattern", pattern: String(value), regex, token };
  if (type === "IDENTIFIER") return { is: "name", name: token.lexeme, token };
  if (type === "TRUE" || type === "FALSE") return { is: "literal", value: type === "TRUE", token };
  return { is: "literal", value, token };
}

function parseParenthesised(parser: Parser): Expression {
  const inner = parseOr(parser);
  const close = peek(parser);
  if (close.type !== "RIGHT_PAREN") {
    const found = close.type === "EOF" ? "the end" : `"${close.lexeme}"`;
    throw failure("Parser/EXPECTED_RIGHT_PAREN", `Expected ")", found ${found}`, close);
  }
  take(parser);
  return inner;
}

function nested(parser: Parser, token: Token, parse: () => Expression): Expression {
  if (++parser.depth > maximumDepth) throw tooDeep(token);
  const expression = parse();
  parser.depth -= 1;
  return expression;
}

function tooDeep(token: Token): ExpressionError {
  return failure("Parser/TOO_DEEP", `More than ${maximumDepth} operators in one expression`, token);
}

function failure(type: ExpressionError["type"], message: string, token: Token): ExpressionError {
  return new ExpressionError(type, message, {
    lexeme: token.lexeme,
    position: token.position,
    token: token.type,
  });
}

function peek(parser: Parser): Token {
  return parser.tokens[parser.next]!;
}

function take(parser: Parser): Token {
  return parser.tokens[parser.next++]!;
}
