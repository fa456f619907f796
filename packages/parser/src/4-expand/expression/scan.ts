import { RE2JS } from "re2js";
import { ExpressionError } from "./errors.ts";

export type TokenType =
  | "AND"
  | "OR"
  | "NOT"
  | "TRUE"
  | "FALSE"
  | "EQUAL_EQUAL"
  | "BANG_EQUAL"
  | "BANG"
  | "GREATER"
  | "GREATER_EQUAL"
  | "LESS"
  | "LESS_EQUAL"
  | "LEFT_PAREN"
  | "RIGHT_PAREN"
  | "NUMBER"
  | "STRING"
  | "PATTERN"
  | "BUILTIN"
  | "IDENTIFIER"
  | "EOF";

export interface Token {
  readonly type: TokenType;
  readonly lexeme: string;
  /** In characters, from 0. */
  readonly position: number;
  /** The value of a literal; a pattern's text without its slashes. */
  readonly value: string | number;
  /** Of a pattern. */
  readonly regex?: RE2JS;
}

/** Longest `/pattern/`, in characters without the slashes. (R-EXPR-7) */
export const maximumPatternLength = 256;
const maximumNumber = 2n ** 63n - 1n;

const keywords = new Map<string, TokenType>([
  ["and", "AND"],
  ["AND", "AND"],
  ["or", "OR"],
  ["OR", "OR"],
  ["not", "NOT"],
  ["NOT", "NOT"],
  ["true", "TRUE"],
  ["TRUE", "TRUE"],
  ["false", "FALSE"],
  ["FALSE", "FALSE"],
  ["starts-with", "BUILTIN"],
  ["matches", "BUILTIN"],
  ["contains", "BUILTIN"],
]);

const letter = /[A-Za-z]/;
const nameCharacter = /[A-Za-z0-9_?-]/;
const digit = /[0-9]/;
const blank = /\s/;

/** The tokens of an expression, with a closing EOF. (Section 2.3) */
export function scan(source: string): Token[] {
  const characters = Array.from(source);
  const tokens: Token[] = [];
  let at = 0;
  while (at < characters.length) {
    if (blank.test(characters[at]!)) {
      at += 1;
      continue;
    }
    const token = scanToken(characters, at);
    tokens.push(token);
    at += Array.from(token.lexeme).length;
  }
  tokens.push({ type: "EOF", lexeme: "", position: characters.length, value: "" });
  return tokens;
}

function scanToken(characters: readonly string[], at: number): Token {
  const character = characters[at]!;
  if (letter.test(character)) return scanName(characters, at);
  if (digit.test(character)) return scanNumber(characters, at);
  if (character === '"') return scanString(characters, at);
  if (character === "/") return scanPattern(characters, at);
  if (character === "(") return plain("LEFT_PAREN", "(", at);
  if (character === ")") return plain("RIGHT_PAREN", ")", at);
  const followed = characters[at + 1] === "=";
  if (character === "=") {
    if (followed) return plain("EQUAL_EQUAL", "==", at);
    throw new ExpressionError("Scanner/INCOMPLETE_TOKEN", 'Incomplete token, expected "=="', {
      lexeme: "=",
      position: at,
    });
  }
  if (character === "!") return followed ? plain("BANG_EQUAL", "!=", at) : plain("BANG", "!", at);
  if (character === ">") return followed ? plain("GREATER_EQUAL", ">=", at) : plain("GREATER", ">", at);
  if (character === "<") return followed ? plain("LESS_EQUAL", "<=", at) : plain("LESS", "<", at);
  throw unexpected(character, at);
}

function unexpected(character: string, position: number): ExpressionError {
  const message = `Unexpected character '${character}'`;
  return new ExpressionError("Scanner/UNEXPECTED_CHARACTER", message, { lexeme: character, position });
}

function plain(type: TokenType, lexeme: string, position: number): Token {
  return { type, lexeme, position, value: lexeme };
}

// `-` and `?` are characters of names: there is no arithmetic. A dot joins two parts. (R-EXPR-9, R-EXPR-13)
function scanName(characters: readonly string[], start: number): Token {
  let at = start + 1;
  while (at < characters.length) {
    if (nameCharacter.test(characters[at]!)) at += 1;
    else if (characters[at] === "." && nameCharacter.test(characters[at + 1] ?? " ")) at += 2;
    else break;
  }
  const lexeme = characters.slice(start, at).join("");
  return plain(keywords.get(lexeme) ?? "IDENTIFIER", lexeme, start);
}

function scanNumber(characters: readonly string[], start: number): Token {
  let at = start;
  while (digit.test(characters[at] ?? " ")) at += 1;
  const lexeme = characters.slice(start, at).join("");
  if (lexeme.length > 19 || BigInt(lexeme) > maximumNumber) {
    const message = "Invalid numeric literal, value out of range";
    throw new ExpressionError("Scanner/INVALID_NUMBER", message, { lexeme, position: start });
  }
  return { type: "NUMBER", lexeme, position: start, value: Number(lexeme) };
}

function scanString(characters: readonly string[], start: number): Token {
  let value = "";
  for (let at = start + 1; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '"') {
      return { type: "STRING", lexeme: characters.slice(start, at + 1).join(""), position: start, value };
    }
    const next = characters[at + 1];
    if (character === "\\" && (next === '"' || next === "\\")) {
      value += next;
      at += 1;
    } else value += character;
  }
  throw new ExpressionError("Scanner/UNTERMINATED_STRING", "Unterminated string", {
    lexeme: characters.slice(start).join(""),
    position: start,
  });
}

function scanPattern(characters: readonly string[], start: number): Token {
  let value = "";
  let at = start + 1;
  for (; at < characters.length && characters[at] !== "/"; at++) {
    const character = characters[at]!;
    if (character > "\u00FF") {
      const message = `Invalid character '${character}' in a pattern`;
      throw new ExpressionError("Scanner/INVALID_PATTERN_CHARACTER", message, {
        lexeme: character,
        position: at,
      });
    }
    if (character !== "\\") value += character;
    else if (characters[at + 1] === "/") {
      value += "/";
      at += 1;
    } else {
      // The escape and what it escapes belong together: `\\` ends neither itself nor the pattern.
      value += character + (characters[at + 1] ?? "");
      at += 1;
    }
  }
  const lexeme = characters.slice(start, at + 1).join("");
  if (at >= characters.length) {
    throw new ExpressionError("Scanner/UNTERMINATED_PATTERN", "Unterminated pattern", {
      lexeme,
      position: start,
    });
  }
  return { type: "PATTERN", lexeme, position: start, value, regex: compilePattern(value, start) };
}

function compilePattern(pattern: string, position: number): RE2JS {
  const where = { lexeme: "/", position };
  if (Array.from(pattern).length > maximumPatternLength) {
    const message = `Pattern must be at most ${maximumPatternLength} characters long`;
    throw new ExpressionError("Scanner/PATTERN_TOO_LONG", message, where);
  }
  const escaped = /(?:^|[^\\])(?:\\\\)*\\([ux])/.exec(pattern);
  if (escaped !== null) {
    throw new ExpressionError(
      "Scanner/INVALID_PATTERN",
      `Invalid pattern: \\${escaped[1]} is not allowed`,
      where,
    );
  }
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ExpressionError("Scanner/INVALID_PATTERN", `Invalid pattern: ${reason}`, where);
  }
}
