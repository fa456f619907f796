import { CommandHelp } from "@oclif/core/help";
import { Config } from "@oclif/core/config";
import type { Command } from "@oclif/core/command";

import { unknownCommand } from "./argv.ts";
import { commands } from "./commands.ts";
import { oclifOptions } from "./oclif-config.ts";

/** The help of a command, of a topic (`configure`), or of all of fmg when there are no words. */
export async function helpFor(words: readonly string[]): Promise<string> {
  const typed = words.join(" ");
  const entry = commands[typed];
  if (entry !== undefined) return commandHelp(typed, await entry.load());
  const below = Object.entries(commands).filter(([name]) => typed === "" || name.startsWith(`${typed} `));
  if (below.length === 0) throw unknownCommand(typed, Object.keys(commands));
  return typed === "" ? rootHelp(below) : `${commandList(below)}\nMore:  fmg ${typed} <command> --help\n`;
}

type Entries = readonly (readonly [string, { readonly usage: string; readonly summary: string }])[];

function rootHelp(entries: Entries): string {
  return `fmg shows and steers the pipelines of an FMG server.

${commandList(entries)}
EVERYWHERE
  --server-url <url>    the server; else FMG_SERVER_URL, else http://localhost:5000
  --profile <name>      a server that fmg login knows, with its token; else FMG_PROFILE
  --token-file <file>   a file with the token; else FMG_TOKEN, else the data directory of a server on this machine
  --json                one JSON document instead of text
  --plain               fields between tabs: nothing is aligned, cut or coloured
  --no-color, --color   colours off or on; else on a terminal only, and NO_COLOR and FORCE_COLOR count
  --no-input            never ask; a missing argument is an error
  -q, --quiet           ids only, and no notes
  --debug               each request on stderr
  -h, --help, --version

More:  fmg <command> --help
`;
}

function commandList(entries: Entries): string {
  const width = Math.max(...entries.map(([, { usage }]) => usage.length));
  const lines = entries.map(([, { usage, summary }]) => `  fmg ${usage.padEnd(width)}   ${summary}\n`);
  return `COMMANDS\n${lines.join("")}`;
}

async function commandHelp(name: string, command: typeof Command): Promise<string> {
  const flags = { ...command.flags, ...command.baseFlags };
  const { description, examples, summary, usage } = command;
  const loadable = {
    id: name,
    description,
    examples,
    summary,
    usage,
    hidden: false,
    aliases: [],
    hiddenAliases: [],
    args: named(command.args),
    flags: named(flags),
    load: () => Promise.resolve(command),
  } as unknown as Command.Loadable;
  const help = new CommandHelp(loadable, await Config.load(oclifOptions), { stripAnsi: true, maxWidth: 100 });
  return `${command.summary ?? ""}\n\n${help.generate()}\n`;
}

function named<T extends object>(parts: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, { ...part, name }]));
}
