import { globalFlags } from "../argv.ts";
import type { CommandModel, FlagModel } from "./command-model.ts";

/** The shells that a script can be made for. */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The script for a shell: everything is in it, so that no key that is pressed starts fmg. */
export function completionScript(shell: Shell, model: CommandModel): string {
  const lines = writers[shell](model);
  return `${lines.join("\n")}\n`;
}

const writers: Readonly<Record<Shell, (model: CommandModel) => string[]>> = {
  bash: bashLines,
  zsh: zshLines,
  fish: fishLines,
};

/** Flags that may stand before the command, and have a value behind them that is no command. */
const leadingValueFlags = Object.entries(globalFlags).flatMap(([flag, kind]) =>
  kind === "value" ? [flag] : [],
);

/** Finds the words of the command in what is typed before the cursor; the same for bash and zsh but for the array's name. */
function findCommand({ commands }: CommandModel, words: string, first: string): string[] {
  return [
    `  local command="" at`,
    `  for ((at = ${first}; at < cursor; at++)); do`,
    `    case "\${${words}[at]}" in`,
    `      ${leadingValueFlags.join("|")}) ((at++)) ;;`,
    `      -*) ;;`,
    `      *)`,
    `        command="\${command:+$command }\${${words}[at]}"`,
    `        case "$command" in ${commands.map(({ name }) => quoted(name)).join("|")}) break ;; esac`,
    `        ;;`,
    `    esac`,
    `  done`,
  ];
}

function bashLines(model: CommandModel): string[] {
  return [
    "# source <(fmg completion bash)",
    "_fmg() {",
    '  local cursor=$COMP_CWORD current="${COMP_WORDS[COMP_CWORD]}" words="" flags=""',
    ...findCommand(model, "COMP_WORDS", "1"),
    '  case "$command" in',
    ...[...model.topics].map(
      ([topic, choices]) =>
        `    ${quoted(topic)}) words=${quoted(choices.map(({ word }) => word).join(" "))} ;;`,
    ),
    ...model.commands.map(
      ({ name, flags }) => `    ${quoted(name)}) flags=${quoted(flags.map(({ long }) => long).join(" "))} ;;`,
    ),
    "  esac",
    '  if [[ $current == -* ]]; then words="$flags"; fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    "complete -o default -F _fmg fmg",
  ];
}

function zshLines(model: CommandModel): string[] {
  const described = (word: string, summary: string): string =>
    quoted(`${word.replaceAll(":", "\\:")}:${summary}`);
  return [
    "#compdef fmg",
    "# source <(fmg completion zsh), or a file _fmg in a folder of $fpath",
    "_fmg() {",
    "  local cursor=$CURRENT",
    "  local -a choices",
    ...findCommand(model, "words", "2"),
    "  if [[ $PREFIX == -* ]]; then",
    '    case "$command" in',
    ...model.commands.map(
      ({ name, flags }) =>
        `      ${quoted(name)}) choices=(${flags.map(({ long, summary }) => described(long, summary)).join(" ")}) ;;`,
    ),
    "    esac",
    "    _describe -o option choices",
    "    return",
    "  fi",
    '  case "$command" in',
    ...[...model.topics].map(
      ([topic, choices]) =>
        `    ${quoted(topic)}) choices=(${choices.map(({ word, summary }) => described(word, summary)).join(" ")}) ;;`,
    ),
    "    *) _files; return ;;",
    "  esac",
    "  _describe command choices",
    "}",
    "compdef _fmg fmg",
  ];
}

function fishLines(model: CommandModel): string[] {
  const at = (command: string): string => `-n ${quoted(`test (__fmg_command) = "${command}"`)}`;
  return [
    "# fmg completion fish | source",
    "function __fmg_command",
    "  set -l found",
    "  set -l skip 0",
    "  for word in (commandline -opc)[2..]",
    "    if test $skip = 1",
    "      set skip 0",
    `    else if contains -- $word ${leadingValueFlags.join(" ")}`,
    "      set skip 1",
    "    else if not string match -q -- '-*' $word",
    "      set -a found $word",
    `      contains -- "$found" ${model.commands.map(({ name }) => quoted(name)).join(" ")}; and break`,
    "    end",
    "  end",
    '  echo "$found"',
    "end",
    "complete -c fmg -e",
    ...[...model.topics].flatMap(([topic, choices]) =>
      choices.map(
        ({ word, summary }) => `complete -c fmg -f ${at(topic)} -a ${quoted(word)} -d ${quoted(summary)}`,
      ),
    ),
    ...model.commands.flatMap(({ name, flags }) =>
      flags.map((flag) => `complete -c fmg ${at(name)} ${fishFlag(flag)} -d ${quoted(flag.summary)}`),
    ),
  ];
}

function fishFlag({ long, short, takesValue }: FlagModel): string {
  const words = [`-l ${long.slice(2)}`, ...(short === undefined ? [] : [`-s ${short.slice(1)}`])];
  return [...words, ...(takesValue ? ["-r"] : [])].join(" ");
}

/** In quotes that all three take alike, where the text has none itself; our own texts alone come here. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "’")}'`;
}
