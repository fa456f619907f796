import { CliError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** What a command line asks for. `words` is empty for the root's help. */
export type Request =
  | { readonly kind: "help"; readonly words: readonly string[] }
  | { readonly kind: "version" }
  | { readonly kind: "command"; readonly command: string; readonly args: readonly string[] };

/** Global flags and whether a value follows; they may stand before the command as well as after it. */
export const globalFlags: Readonly<Record<string, "value" | "switch">> = {
  "--server-url": "value",
  "--profile": "value",
  "--token-file": "value",
  "--json": "switch",
  "--plain": "switch",
  "--color": "switch",
  "--no-color": "switch",
  "--no-input": "switch",
  "--quiet": "switch",
  "-q": "switch",
  "--debug": "switch",
};

const helpFlags = ["--help", "-h"];

/**
 * Finds the command in a command line and moves the globals that stand before it behind it, where oclif expects them.
 * Throws CliError `usage` for an unknown command, or an unknown flag before it.
 */
export function readArgv(argv: readonly string[], commands: readonly string[]): Request {
  const { words, leading, rest } = splitAtCommand(argv, commands);
  const command = words.join(" ");
  const flags = [...leading, ...beforeDashes(rest)];
  if (leading.includes("--version")) return { kind: "version" };
  if (words[0] === "help") return { kind: "help", words: rest.filter((word) => !word.startsWith("-")) };
  if (flags.some((flag) => helpFlags.includes(flag))) return { kind: "help", words };
  if (words.length === 0 || !commands.includes(command)) return { kind: "help", words };
  const own = beforeDashes(rest);
  return { kind: "command", command, args: [...own, ...leading, ...rest.slice(own.length)] };
}

/** Whether the command line asks for JSON; needed before it is parsed, for the form of its errors. */
export function asksForJson(argv: readonly string[]): boolean {
  return beforeDashes(argv).includes("--json");
}

function splitAtCommand(argv: readonly string[], commands: readonly string[]) {
  const words: string[] = [];
  const leading: string[] = [];
  let at = 0;
  while (at < argv.length && !commands.includes(words.join(" ")) && words[0] !== "help") {
    const token = argv[at++]!;
    if (!token.startsWith("-")) {
      words.push(token);
      requirePrefix(words, commands);
      continue;
    }
    const name = token.split("=", 1)[0]!;
    if (helpFlags.includes(token) || token === "--version") {
      leading.push(token);
      continue;
    }
    const kind = globalFlags[name];
    if (kind === undefined) throw unknownLeadingFlag(name);
    leading.push(token);
    if (kind === "value" && name === token && at < argv.length) leading.push(argv[at++]!);
  }
  return { words, leading, rest: argv.slice(at) };
}

function requirePrefix(words: readonly string[], commands: readonly string[]): void {
  const typed = words.join(" ");
  if (typed === "help" || commands.some((command) => command === typed || command.startsWith(`${typed} `)))
    return;
  throw unknownCommand(typed, commands);
}

/** The error for words that name no command. */
export function unknownCommand(typed: string, commands: readonly string[]): CliError {
  const guess = nearest(typed, [...commands, ...topicsOf(commands)]);
  throw new CliError("usage", `unknown command "${typed}"`, [
    ...(guess === undefined ? [] : [`Did you mean:    fmg ${guess}`]),
    "All commands:    fmg --help",
  ]);
}

function topicsOf(commands: readonly string[]): string[] {
  return [...new Set(commands.flatMap((command) => command.split(" ").slice(0, -1)))];
}

function unknownLeadingFlag(flag: string): CliError {
  const guess = nearest(flag, Object.keys(globalFlags));
  return new CliError("usage", `unknown flag ${flag} before the command`, [
    ...(guess === undefined ? [] : [`Did you mean:    ${guess}`]),
    "A command's own flags stand behind it:  fmg list --limit 5",
  ]);
}

function beforeDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end === -1 ? argv : argv.slice(0, end);
}
