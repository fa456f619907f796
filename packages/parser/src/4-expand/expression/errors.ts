export type ExpressionErrorType =
  | "Scanner/UNEXPECTED_CHARACTER"
  | "Scanner/UNTERMINATED_STRING"
  | "Scanner/UNTERMINATED_PATTERN"
  | "Scanner/INCOMPLETE_TOKEN"
  | "Scanner/INVALID_NUMBER"
  | "Scanner/INVALID_PATTERN"
  | "Scanner/INVALID_PATTERN_CHARACTER"
  | "Scanner/PATTERN_TOO_LONG"
  | "Parser/EXPECTED_EXPRESSION"
  | "Parser/EXPECTED_RIGHT_PAREN"
  | "Parser/UNEXPECTED_ADDITIONAL_INPUT"
  | "Parser/UNKNOWN_INFIX_FUNCTION"
  | "Parser/TOO_DEEP"
  | "Interpreter/UNKNOWN_VARIABLE"
  | "Interpreter/EXPECTED_NUMERIC_OPERAND"
  | "Interpreter/EXPECTED_STRING_OPERAND"
  | "Interpreter/EXPECTED_PATTERN_OPERAND";

/** What is wrong with an expression. Thrown inside of this folder only; `runExpression` makes a value of it. */
export class ExpressionError extends Error {
  readonly type: ExpressionErrorType;
  readonly lexeme: string;
  /** Characters (not UTF-16 units) before the lexeme. */
  readonly position: number;
  readonly token: string | undefined;

  constructor(
    type: ExpressionErrorType,
    message: string,
    where: { lexeme: string; position: number; token?: string },
  ) {
    super(message);
    this.name = "ExpressionError";
    this.type = type;
    this.lexeme = where.lexeme;
    this.position = where.position;
    this.token = where.token;
  }
}
