import { formatPlace, type JobPlan, type LeftOut, type Requirement } from "@fmg/core";

import { plain } from "../ui.ts";

/** Where a job runs and what it takes: `docker cimg/node:22 + 1 service, 4 nodes, context aws`. */
export function jobWords(job: JobPlan): string {
  const words = job.kind === "build" ? buildWords(job) : [job.kind];
  if (job.contexts.length > 0) {
    words.push(`${job.contexts.length === 1 ? "context" : "contexts"} ${job.contexts.join(", ")}`);
  }
  if (job.serialGroup !== undefined) words.push(`one at a time: ${job.serialGroup}`);
  return plain(words.join(", "));
}

function buildWords({ executor, parallelism }: Extract<JobPlan, { kind: "build" }>): string[] {
  const nodes = parallelism > 1 ? [`${parallelism} nodes`] : [];
  switch (executor.kind) {
    case "docker": {
      const services = executor.images.length - 1;
      const more = services === 0 ? "" : ` + ${services} ${services === 1 ? "service" : "services"}`;
      return [`docker ${executor.images[0].image}${more}`, ...nodes];
    }
    case "machine":
      return [`machine${executor.image === undefined ? "" : ` ${executor.image}`}`, ...nodes];
    case "macos":
      return [`macos ${executor.xcode}`, ...nodes];
  }
}

/** `build`, or `build (failed or canceled)` where it is not its success alone that is waited for. */
export function requirementWords({ job, statuses }: Pick<Requirement, "job" | "statuses">): string {
  return plain(`${job} ${statusWords(statuses)}`).trimEnd();
}

/** `(failed or canceled)`; of a job that must succeed nothing. */
export function statusWords(statuses: Requirement["statuses"]): string {
  return statuses.length === 1 && statuses[0] === "success" ? "" : `(${statuses.join(" or ")})`;
}

/** Why something does not run, where the config says so, and by which rule. */
export function leftOutWords({
  message,
  range,
  rule,
}: Pick<LeftOut, "message" | "range"> & { readonly rule?: string }): string {
  return plain(`${message} (${formatPlace(range)}${rule === undefined ? "" : `, ${rule}`})`);
}
