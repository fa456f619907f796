import type { BuildJobPlan, RunStepPlan } from "@fmg/core";

import { formatDuration } from "../format-duration.ts";
import { directoryWord, quote } from "./sh-words.ts";

/** Where the volume of an attempt is mounted, and what lies there. */
export const volumePath = "/fmg";
/** Sourced by every bash that is not interactive; steps hand variables on through it. (R-SH-5) */
export const bashEnvPath = `${volumePath}/bash_env`;

/** What carrying out a step takes, whichever program does it: they are told the same in words of their own. */
export interface StepCommand {
  /** Made at need, as its user; what cannot be made by that user was made by the set-up. (R-WD-1) */
  readonly jobDirectory: string;
  /** From there. (R-WD-2) */
  readonly directory?: string;
  /** Stands first in `PATH`. */
  readonly pathFolder: string;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  /** The first whose program the image has becomes the step's shell; the script is its last argument. */
  readonly shells: readonly (readonly string[])[];
  readonly script: string;
  /** Whether its output is a terminal; only the static program has one to give. */
  readonly terminal: boolean;
}

/** sh stands in for bash: it takes pipefail where it knows that, and BASH_ENV by hand. (R-SH-2, R-SH-5, a deviation) */
const standIn = `if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi
if [ -s "\${BASH_ENV:-}" ]; then . "$BASH_ENV"; fi; . "$0"`;

const defaultShells = [
  ["/bin/bash", "-eo", "pipefail"],
  ["/bin/sh", "-e", "-c", standIn],
];

/** A pager would wait for keys that nobody presses. */
const terminalDefaults = [
  { name: "TERM", value: "xterm" },
  { name: "PAGER", value: "cat" },
  { name: "GIT_PAGER", value: "cat" },
];

/** Whether the config wants a terminal for a step's output: FMG_TTY in the environment of the step, or else of the job. */
export function asksForTerminal(step: RunStepPlan, job: BuildJobPlan): boolean {
  const asked = [...job.environment, ...step.environment].findLast(({ name }) => name === "FMG_TTY");
  return asked !== undefined && !["", "0", "false", "no"].includes(asked.value.toLowerCase());
}

export function stepCommand(id: string, step: RunStepPlan, job: BuildJobPlan): StepCommand {
  const shell = step.shell ?? job.shell;
  const terminal = asksForTerminal(step, job);
  return {
    jobDirectory: job.workingDirectory,
    ...(step.workingDirectory === undefined ? {} : { directory: step.workingDirectory }),
    pathFolder: `${volumePath}/path`,
    environment: [...(terminal ? terminalDefaults : []), ...job.environment, ...step.environment],
    terminal,
    shells: shell === undefined ? defaultShells : [shell],
    script: `${volumePath}/s/${id}/script`,
  };
}

/** How a step that fails is run again, for the program that counts its tries: `step-program/tries.c` says what the words mean. */
export function rerunsLine({ maxAutoReruns, autoRerunDelayMs, noOutputTimeoutMs }: RunStepPlan): string {
  const pause = Math.ceil(autoRerunDelayMs / 1000);
  const sayEvery = Math.max(1, Math.min(60, Math.floor(noOutputTimeoutMs / 2000)));
  return `${maxAutoReruns} ${pause} ${sayEvery} ${formatDuration(noOutputTimeoutMs)}\n`;
}

/**
 * The glue that the row runs with `sh`: go to the working directory, set the literal environment, become the wanted shell on the
 * step's script. The environment goes through `env`, so that a name which sh itself uses does no harm here.
 */
export function shGlue(command: StepCommand): string {
  const jobDirectory = directoryWord(command.jobDirectory, "home");
  const environment = command.environment.map(({ name, value }) => quote(`${name}=${value}`));
  const lines = [
    `cd ${jobDirectory} 2>/dev/null || { mkdir -p ${jobDirectory} && cd ${jobDirectory}; } || exit 1`,
    ...(command.directory === undefined ? [] : [`cd ${directoryWord(command.directory, "here")} || exit 1`]),
    `export PATH=${command.pathFolder}:$PATH`,
    chooseShell(command.shells),
    `exec ${["env", ...environment].join(" ")} "$@" ${command.script}`,
  ];
  return `${lines.join("\n")}\n`;
}

function chooseShell(shells: StepCommand["shells"]): string {
  const last = shells.length - 1;
  const choices = shells.map((argv, at) => {
    const take = `set -- ${argv.map((word) => quote(word)).join(" ")}`;
    return at === last ? take : `if [ -x ${quote(argv[0]!)} ]; then ${take}; else`;
  });
  return [...choices, ...Array.from({ length: last }, () => "fi")].join("\n");
}

/** The same for the static program: pairs of a key and a value, each ended by a NUL. (step-program/command.c) */
export function programPlan(command: StepCommand): string {
  const pairs: [string, string][] = [
    ["cd", command.jobDirectory],
    ...(command.directory === undefined ? [] : [["in", command.directory] as [string, string]]),
    ["path", command.pathFolder],
    ...(command.terminal ? [["terminal", "yes"] as [string, string]] : []),
    ...command.environment.map(({ name, value }): [string, string] => ["env", `${name}=${value}`]),
    ...command.shells.flatMap(([program, ...args]): [string, string][] => [
      ["try", program!],
      ...args.map((word): [string, string] => ["arg", word]),
    ]),
  ];
  return pairs.map(([key, value]) => `${key}\0${value}\0`).join("");
}
