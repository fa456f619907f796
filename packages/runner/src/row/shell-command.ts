import type { BuildJobPlan, StepPlan } from "@fmg/core";

import { directoryWord, quote } from "./sh-words.ts";
import { volumePath } from "./step-command.ts";

/**
 * The glue that `sh` runs for a person's shell: it goes where the step was, sets what the step had, takes over what earlier steps
 * left in BASH_ENV, and becomes bash, or the sh that stands in for it.
 */
export function shellCommand(job: BuildJobPlan, step: StepPlan | undefined): string {
  const run = step?.kind === "run" ? step : undefined;
  const environment = [...job.environment, ...(run?.environment ?? [])].map(({ name, value }) =>
    quote(`${name}=${value}`),
  );
  const start = ["exec", "env", ...environment].join(" ");
  return `cd ${directoryWord(job.workingDirectory, "home")} 2>/dev/null || cd "$HOME" 2>/dev/null || cd /
${run?.workingDirectory === undefined ? "" : `cd ${directoryWord(run.workingDirectory, "here")} 2>/dev/null || :`}
export PATH=${volumePath}/path:$PATH
if [ -x /bin/bash ]; then ${start} /bin/bash -c 'exec /bin/bash'; fi
${start} /bin/sh -c 'if [ -s "\${BASH_ENV:-}" ]; then . "$BASH_ENV"; fi; exec /bin/sh'
`;
}
