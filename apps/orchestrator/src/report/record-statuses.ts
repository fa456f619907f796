import {
  commitState,
  isFailing,
  isFinal,
  jobContext,
  pipelineContext,
  statusDescription,
  workflowContext,
  type Diagnostic,
  type Reason,
  type Status,
} from "@fmg/core";
import {
  enqueueStatus,
  getPipeline,
  jobWithWorkflow,
  listJobs,
  type JobRow,
  type JobWithWorkflow,
  type WorkflowRow,
} from "@fmg/db";
import type { Services } from "../services.ts";
import { recordStateChange } from "./notify/record-change.ts";

type Recorder = Pick<Services, "db" | "settings" | "now">;

/** Puts the pipeline's own status into the outbox. Call inside the transaction that changed it. */
export function recordPipelineStatus(services: Recorder, pipelineId: number): void {
  const pipeline = getPipeline(services.db, pipelineId);
  if (pipeline === undefined) return;
  // A pipeline without anything to run was accepted as pending, so it must end: as success, or a merge would wait for ever.
  const columns: StatusColumns =
    pipeline.status === "skipped" ? { ...pipeline, status: "success" } : pipeline;
  const jobs = listJobs(services.db, { pipelineId });
  const replaced = new Set(jobs.map(({ workflow }) => workflow.rerunOf));
  const parts = jobs.filter(({ workflow }) => !replaced.has(workflow.id));
  record(services, pipelineId, pipelineContext(), columns, parts);
}

/** Puts the status of one job into the outbox. Call inside the transaction that changed it. */
export function recordJobStatus(services: Recorder, jobId: number): void {
  const { job, workflow } = jobWithWorkflow(services.db, jobId);
  recordJob(services, workflow, job);
}

/** Puts the status of a workflow and of those of its jobs that write one into the outbox, and who hears of its end. */
export function recordWorkflowStatuses(
  services: Recorder,
  workflowId: number,
  changed?: ReadonlySet<number>,
): void {
  const jobs = listJobs(services.db, { workflowId });
  const workflow = jobs[0]?.workflow;
  if (workflow === undefined) return;
  recordWorkflow(services, workflow, jobs);
  // The commit is red as soon as its result is certain: the pipeline's own status turns with the first job that failed.
  if (isFailing(jobs.map(({ job }) => job.status))) recordPipelineStatus(services, workflow.pipelineId);
  recordStateChange(services, workflow);
  for (const { job } of jobs) if (changed?.has(job.id) ?? true) recordJob(services, workflow, job);
}

function recordWorkflow(
  services: Recorder,
  workflow: WorkflowRow,
  jobs: readonly Pick<JobWithWorkflow, "job">[],
): void {
  const context = workflowContext(services.settings.statusContexts, workflow.name);
  if (context !== undefined) record(services, workflow.pipelineId, context, workflow, jobs);
}

function recordJob(services: Recorder, workflow: WorkflowRow, job: JobRow): void {
  const context = jobContext(services.settings.statusContexts, {
    workflow: workflow.name,
    name: job.name,
    kind: job.kind,
  });
  record(services, workflow.pipelineId, context, job);
}

/** A row's status columns; null stands for none. */
interface StatusColumns {
  readonly status: Status;
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly diagnostics?: readonly Diagnostic[];
}

function record(
  services: Recorder,
  pipelineId: number,
  context: string,
  columns: StatusColumns,
  parts: readonly Pick<JobWithWorkflow, "job">[] = [],
): void {
  const jobs = parts.map(({ job }) => job);
  const shown = commitState(
    columns.status,
    jobs.map(({ status }) => status),
  );
  const state = shown ?? (isLeftOut(columns) ? stateOfLeftOut(services) : undefined);
  if (state === undefined) return;
  const failed = isFinal(columns.status) ? undefined : jobs.find(({ status }) => isFailing([status]));
  const message = failed === undefined ? columns.message : nameOf(failed);
  const description = statusDescription({
    status: columns.status,
    failing: failed !== undefined,
    ...(message === null ? {} : { message }),
    ...(columns.diagnostics === undefined ? {} : { diagnostics: columns.diagnostics }),
  });
  const targetUrl = `${services.settings.publicUrl}/p/${pipelineId}`;
  enqueueStatus(services.db, pipelineId, { context, state, description, targetUrl }, services.now());
}

/** By a filter or a condition; what required a job that failed is no success. */
function isLeftOut({ status, reason }: StatusColumns): boolean {
  return status === "skipped" && (reason === "filtered_out" || reason === "condition_false");
}

/** A check that a branch rule requires would block for ever where its job is left out. */
function stateOfLeftOut({ settings }: Recorder): "success" | undefined {
  return settings.skippedStatus === "success" ? "success" : undefined;
}

function nameOf({ name, message }: JobRow): string {
  return message === null ? name : `${name}: ${message}`;
}
