/** Exit codes by the code of an error; scripts may rely on both (docs/cli.md). */
export const exitCodes = {
  failed: 1,
  usage: 2,
  unreachable: 3,
  "timed-out": 3,
  "server-error": 3,
  "not-signed-in": 4,
  "not-allowed": 4,
  "not-found": 5,
  conflict: 6,
  canceled: 7,
  internal: 70,
  interrupted: 130,
} as const;

export type CliErrorCode = keyof typeof exitCodes;

/** What ends a command early: what happened (with the name that the user used), and what to do next, a line each. */
export class CliError extends Error {
  readonly code: CliErrorCode;
  readonly hints: readonly string[];

  constructor(code: CliErrorCode, message: string, hints: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.name = "CliError";
    this.code = code;
    this.hints = hints;
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }
}
