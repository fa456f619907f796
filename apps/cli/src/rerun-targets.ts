import { CliError } from "./errors.ts";
import type { JobsMeant, LabelledJob } from "./jobs-meant.ts";

/** The ids of all workflows that ran, or of those with a job that failed or was canceled; throws CliError `conflict` for none. */
export function workflowsMeant({ meant, pipeline: { id, status } }: JobsMeant, failed: boolean): number[] {
  const isBad = ({ job }: LabelledJob): boolean => ["failure", "error", "canceled"].includes(job.status);
  const ran = ({ job }: LabelledJob): boolean => job.status !== "skipped";
  const ids = [...new Set(meant.filter(failed ? isBad : ran).map(({ job }) => job.workflow.id))];
  if (ids.length > 0) return ids;
  const hints = meant.length === 0 ? [`Compile its config anew:  fmg rerun ${id} --fresh`] : [];
  const why = failed ? "nothing of it failed or was canceled" : `it has run nothing (${status})`;
  throw new CliError("conflict", `pipeline ${id} cannot be started again: ${why}`, hints);
}
