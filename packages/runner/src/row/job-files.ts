import type { BuildJobPlan, RunStepPlan } from "@fmg/core";

import { continuationFiles } from "../continuation/continuation.ts";
import type { RemoteDocker } from "../host-offers.ts";
import { dockerFiles } from "../remote-docker-files.ts";
import { writeTar, type TarEntry } from "../tar/write-tar.ts";
import { attachProgram, rowProgram, testsProgram } from "./row-program.ts";
import { programPlan, rerunsLine, shGlue, stepCommand, volumePath } from "./step-command.ts";
import { stepId } from "./step-id.ts";
import { staticProgram, staticProgramPath, type StepProgram } from "./step-program.ts";

/** Whom the job's container is to trust beside whom its image trusts. */
export interface JobTrust {
  readonly remoteDocker?: RemoteDocker | undefined;
  /** Of its continuation, as PEM. */
  readonly authority?: string | undefined;
}

/**
 * All files of an attempt in one tar for the container's `/`: the step program, and below `/fmg` the `circleci` command and a
 * folder for each `run` step. They are writable for every user, since a step may run as any; so is `/fmg` itself, whose entry the daemon
 * would pass over in a tar for `/fmg`. Put once, before the container starts: putting them again would empty the logs.
 */
export function jobFiles(
  job: BuildJobPlan,
  program: StepProgram,
  { remoteDocker, authority }: JobTrust,
  timings: string,
): Buffer {
  const steps = job.steps.flatMap((step, position) =>
    step.kind === "run" ? stepFiles(stepId(position + 1), step, job, program) : [],
  );
  const entries: TarEntry[] = [
    directory(""),
    ...(program === "sh" ? shProgram() : []),
    { name: "path", kind: "directory", mode: 0o755 },
    executable("path/circleci", circleciCommand),
    { name: "path/circleci-agent", kind: "symlink", mode: 0o777, content: "circleci" },
    { name: "path/.tests", kind: "file", mode: 0o644, content: testsProgram() },
    file("timings", timings),
    file("bash_env", ""),
    directory("task"),
    directory("s"),
    ...(remoteDocker === undefined ? [] : dockerFiles(remoteDocker)),
    ...(authority === undefined ? [] : continuationFiles(authority)),
    ...steps,
  ];
  return writeTar([
    ...(program === "sh" ? [] : [executable(staticProgramPath.slice(1), staticProgram(program))]),
    ...entries.map((entry) => ({ ...entry, name: below(entry.name) })),
  ]);
}

function shProgram(): TarEntry[] {
  return [
    { name: "bin", kind: "directory", mode: 0o755 },
    executable("bin/row", rowProgram()),
    executable("bin/attach", attachProgram()),
  ];
}

function below(name: string): string {
  const top = volumePath.slice(1);
  return name === "" ? top : `${top}/${name}`;
}

function stepFiles(id: string, step: RunStepPlan, job: BuildJobPlan, program: StepProgram): TarEntry[] {
  const folder = `s/${id}`;
  const command = stepCommand(id, step, job);
  return [
    directory(folder),
    program === "sh" ? file(`${folder}/cmd`, shGlue(command)) : file(`${folder}/plan`, programPlan(command)),
    executable(`${folder}/script`, step.command),
    file(`${folder}/log`, ""),
    file(`${folder}/@todo`, ""),
    ...(step.maxAutoReruns === 0 ? [] : [file(`${folder}/reruns`, rerunsLine(step))]),
    ...(step.when === "on_success" ? [] : [file(`${folder}/when`, `${step.when}\n`)]),
  ];
}

/** `step halt` leaves out the following steps (R-HALT-1); anything else is for the image's own command of that name. */
const circleciCommand = `#!/bin/sh
case "$1 $2" in "step halt" | "task halt") : >/fmg/halt; exit ;; esac
if [ "$1 $2" = "env subst" ] && [ -x ${staticProgramPath} ]; then shift 2; exec ${staticProgramPath} subst "$@"; fi
case "$1" in tests) shift; . /fmg/path/.tests; exit ;; esac
PATH=\${PATH#/fmg/path:} name=\${0##*/}
case $(command -v "$name") in
  "" | /fmg/path/*) echo "$name $*: this command is not available here; only 'step halt', 'tests' and 'env subst' are" >&2; exit 1 ;;
  *) exec "$name" "$@" ;;
esac
`;

function directory(name: string): TarEntry {
  return { name, kind: "directory", mode: 0o777 };
}

function executable(name: string, content: string | Buffer): TarEntry {
  return { name, kind: "file", mode: 0o755, content };
}

function file(name: string, content: string): TarEntry {
  return { name, kind: "file", mode: 0o666, content };
}
