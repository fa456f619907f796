import {
  findContext,
  findJob,
  findProject,
  getAttempt,
  jobWithWorkflow,
  repositoryOf,
  type AttemptRow,
  type ContextRow,
  type Db,
  type JobWithWorkflow,
  type ProjectRow,
} from "@fmg/db";
import { ProblemDetail } from "./problem.ts";

/** The job of an address, or the refusal that says there is none. */
export function jobOr404(db: Db, id: number): JobWithWorkflow {
  const found = findJob(db, id);
  if (found === undefined) throw new ProblemDetail("not-found", `There is no job ${id}.`);
  return found;
}

/** The attempt of an address with its pipeline, or the refusal that says there is none. */
export function attemptOr404(db: Db, id: number): { attempt: AttemptRow; pipelineId: number } {
  const attempt = getAttempt(db, id);
  if (attempt === undefined) throw new ProblemDetail("not-found", `There is no attempt ${id}.`);
  return { attempt, pipelineId: jobWithWorkflow(db, attempt.jobId).workflow.pipelineId };
}

/** The context of an address, or the refusal that says there is none. */
export function contextOr404(db: Db, name: string): ContextRow {
  const context = findContext(db, name);
  if (context === undefined) throw new ProblemDetail("not-found", `There is no context ${name}.`);
  return context;
}

/** The repository of an address, or the refusal that says how one is connected. */
export function projectOr404(
  db: Db,
  { owner, name }: { readonly owner: string; readonly name: string },
): ProjectRow {
  const row = findProject(db, { owner, name });
  if (row !== undefined && repositoryOf(db, row.id) !== undefined) return row;
  throw new ProblemDetail("not-found", `There is no repository ${owner}/${name}: a first push connects it.`);
}
