import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CliError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** How and about what to report. */
export interface ReportOptions {
  readonly json: boolean;
  readonly debug: boolean;
  readonly argv: readonly string[];
  /** The command's words, as far as they were understood. */
  readonly command: string;
}

/** Says what went wrong (as JSON on stdout, else on stderr) and returns the exit code. */
export async function reportError(thrown: unknown, options: ReportOptions): Promise<number> {
  const error = await toCliError(thrown, options);
  if (options.json) {
    const { code, message, hints } = error;
    const hint = hints.length === 0 ? {} : { hint: hints.join("\n") };
    process.stdout.write(`${JSON.stringify({ error: { code, message, ...hint } })}\n`);
  } else if (error.code === "interrupted") {
    // Who pressed Ctrl-C knows; only what goes on without them is worth a line.
    process.stderr.write(error.hints.map((hint) => `${hint}\n`).join(""));
  } else {
    process.stderr.write(
      [`Error: ${error.message}`, ...error.hints.map((hint) => `  ${hint}`), ""].join("\n"),
    );
  }
  if (options.debug) process.stderr.write(`code: ${error.code}\n${stackOf(thrown)}\n`);
  return error.exitCode;
}

async function toCliError(thrown: unknown, { argv, command }: ReportOptions): Promise<CliError> {
  if (thrown instanceof CliError) return thrown;
  const usage = usageError(thrown, command);
  if (usage !== undefined) return usage;
  const report = join(tmpdir(), `fmg-report-${Date.now()}-${process.pid}.txt`);
  const text = [
    `fmg ${argv.join(" ")}`,
    `Node ${process.version} on ${process.platform}`,
    stackOf(thrown),
    "",
  ];
  const written = await writeFile(report, text.join("\n"), { mode: 0o600, flag: "wx" }).then(
    () => `A report was written to ${report}`,
    () => "With --debug it prints the stack.",
  );
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new CliError("internal", `a bug in fmg: ${message}`, [written], { cause: thrown });
}

/** What oclif's parser throws, in our form. */
function usageError(thrown: unknown, command: string): CliError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { parse, oclif, flags = [], args } = thrown as Error & ParserError;
  if (parse === undefined && oclif?.exit !== 2) return undefined;
  const help = `How it is used:  fmg ${command} --help`;
  switch (thrown.constructor.name) {
    case "NonExistentFlagsError": {
      const known = Object.keys(parse?.input?.flags ?? {}).map((name) => `--${name}`);
      const guess = nearest(flags[0] ?? "", known);
      const meant = guess === undefined ? [] : [`Did you mean:    ${guess}`];
      return new CliError("usage", `fmg ${command} has no flag ${flags.join(", ")}`, [...meant, help]);
    }
    case "RequiredArgsError":
      return new CliError("usage", `fmg ${command} needs ${names(args)}`, [help]);
    case "UnexpectedArgsError":
      return new CliError("usage", `fmg ${command} takes no more arguments: ${names(args)}`, [help]);
    default:
      return new CliError("usage", firstLine(thrown.message), [help]);
  }
}

interface ParserError {
  readonly parse?: { readonly input?: { readonly flags?: object } };
  readonly oclif?: { readonly exit?: number };
  readonly flags?: readonly string[];
  readonly args?: readonly (string | { readonly name: string })[];
}

function names(args: ParserError["args"] = []): string {
  return args.map((arg) => (typeof arg === "string" ? arg : `<${arg.name}>`)).join(", ");
}

/** oclif's sentence without its frame. */
function firstLine(message: string): string {
  const sentence = message.split("\nSee more help")[0]!.replaceAll(/\s*\n\s*/g, " ");
  return sentence.replace(/^The following errors? occurred: /, "").replace(/^Parsing (\S+) /, "$1: ");
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
