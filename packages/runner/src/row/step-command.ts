import type { BuildJobPlan, RunStepPlan } from "@fmg/core";

import { directoryWord, quote } from "./sh-words.ts";

/** Where the volume of an attempt is mounted, and what lies there. */
export const volumePath = "/fmg";
/** Sourced by every bash that is not interactive; steps hand variables on through it. (R-SH-5) */
export const bashEnvPath = `${volumePath}/bash_env`;

/** bash where the image has it; else sh, with pipefail where it knows that. (R-SH-2) */
const chooseDefaultShell = `if [ -x /bin/bash ]; then set -- /bin/bash -eo pipefail
elif (set -o pipefail) 2>/dev/null; then set -- /bin/sh -eo pipefail
else set -- /bin/sh -e; fi`;

/** bash sources BASH_ENV by itself; the sh that stands in for it does not. (R-SH-5, a deviation) */
const sourceBashEnv = `[ "$1" = /bin/bash ] || set -- "$@" -c 'if [ -s "\${BASH_ENV:-}" ]; then . "$BASH_ENV"; fi; . "$0"'`;

/**
 * The glue that the row runs with `sh` for a step: go to the working directory, set the literal environment, become the
 * wanted shell on the step's script. The environment goes through `env`, so that a name which sh itself uses does no harm here.
 */
export function stepCommand(id: string, step: RunStepPlan, job: BuildJobPlan): string {
  const jobDirectory = directoryWord(job.workingDirectory, "home");
  const shell = step.shell ?? job.shell;
  const environment = [...job.environment, ...step.environment].map(({ name, value }) =>
    quote(`${name}=${value}`),
  );
  const lines = [
    // Made at need, as its user; what cannot be made by that user was made by the set-up. (R-WD-1)
    `cd ${jobDirectory} 2>/dev/null || { mkdir -p ${jobDirectory} && cd ${jobDirectory}; } || exit 1`,
    ...(step.workingDirectory === undefined
      ? []
      : [`cd ${directoryWord(step.workingDirectory, "here")} || exit 1`]),
    `export PATH=${volumePath}/path:$PATH`,
    ...(shell === undefined
      ? [chooseDefaultShell, sourceBashEnv]
      : [`set -- ${shell.map((word) => quote(word)).join(" ")}`]),
    ...startScript(step, `exec ${["env", ...environment].join(" ")} "$@" ${volumePath}/s/${id}/script`),
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * The last lines of the glue. Reruns of a step are counted here, in the container: so they need nobody who watches, and whoever takes
 * the attempt over repeats no try that was made. A step that is ended from outside dies with this loop, and is not
 * run again. (R-RUN-7)
 */
function startScript(
  { maxAutoReruns: reruns, autoRerunDelayMs, noOutputTimeoutMs }: RunStepPlan,
  start: string,
): string[] {
  if (reruns === 0) return [start];
  // The waiting itself says something before it would count as silence.
  const sayEvery = Math.max(1, Math.min(60, Math.floor(noOutputTimeoutMs / 2000)));
  return [
    `fmg_rerun=0
while :; do
  (${start}); fmg_code=$?
  if [ $fmg_code = 0 ] || [ $fmg_rerun -ge ${reruns} ]; then exit $fmg_code; fi
  fmg_rerun=$((fmg_rerun+1)) fmg_left=${Math.ceil(autoRerunDelayMs / 1000)}
  printf '\\nExited with code exit status %s\\n' $fmg_code
  while [ $fmg_left -gt 0 ]; do
    echo "Rerun $fmg_rerun of ${reruns} begins in $fmg_left s."
    fmg_nap=${sayEvery}; [ $fmg_left -lt $fmg_nap ] && fmg_nap=$fmg_left
    sleep $fmg_nap; fmg_left=$((fmg_left-fmg_nap))
  done
  echo "Rerun $fmg_rerun of ${reruns}:"
done`,
  ];
}
