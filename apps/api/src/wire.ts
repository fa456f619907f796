import type {
  Attempt,
  AuditEntry,
  Context,
  Job,
  Pipeline,
  Runner,
  Step,
  Variable,
  Workflow,
} from "@fmg/client";
import { isFailing, isFinal, type Status } from "@fmg/core";
import {
  isActiveRunner,
  type AttemptRow,
  type AuditRow,
  type ContextRow,
  type JobWithWorkflow,
  type PipelineRow,
  type RestrictionRow,
  type RunnerRow,
  type Sample,
  type StateColumns,
  type StepRow,
  type VariableRow,
  type WorkflowRow,
} from "@fmg/db";

/*
 * Rows as the contract shows them.
 */

export function pipelineToWire(row: PipelineRow, publicUrl: string): Pipeline {
  const { event, repository } = row;
  return {
    id: row.id,
    uuid: row.uuid,
    number: row.number,
    repo: { owner: row.owner, name: row.name, url: repository.url },
    branch: row.branch,
    tag: row.tag,
    sha: row.sha,
    commit: {
      subject: event.commit.subject,
      author: event.commit.authorLogin ?? event.commit.authorName,
      url: event.commit.url,
    },
    trigger: { kind: event.kind, parameters: { ...event.parameters, ...event.textParameters } },
    ...stateToWire(row),
    diagnostics: [...row.diagnostics] as Pipeline["diagnostics"],
    createdAt: time(row.createdAt),
    url: `${publicUrl}/p/${row.id}`,
  };
}

/** `jobs` are the statuses of the workflow's jobs. */
export function workflowToWire(row: WorkflowRow, jobs: readonly Status[]): Workflow {
  return {
    id: row.id,
    uuid: row.uuid,
    pipelineId: row.pipelineId,
    name: row.name,
    ...stateToWire(row),
    failing: !isFinal(row.status) && isFailing(jobs),
    createdAt: time(row.createdAt),
    rerunOf: row.rerunOf,
    rerun: rerunToWire(row),
  };
}

function rerunToWire({ rerun }: WorkflowRow): Workflow["rerun"] {
  if (rerun === null) return null;
  const { from, job, by, number } = rerun;
  return { from, job: job ?? null, by, number };
}

/** `attempts` are all of the job's; the newest of each node is shown. */
export function jobToWire({ job, workflow }: JobWithWorkflow, attempts: readonly AttemptRow[]): Job {
  return {
    id: job.id,
    uuid: job.uuid,
    number: job.number,
    name: job.name,
    kind: job.kind,
    pipelineId: workflow.pipelineId,
    workflow: { id: workflow.id, name: workflow.name },
    ...stateToWire(job),
    createdAt: time(job.createdAt),
    heldAt: timeOrNull(job.heldAt),
    approval: job.approval === null ? null : { ...job.approval, at: time(job.approval.at) },
    carriedFrom: job.carriedFrom,
    attempts: newestOfEachNode(attempts).map((attempt) => attemptToWire(attempt, workflow.pipelineId)),
  };
}

export function attemptToWire(row: AttemptRow, pipelineId: number): Attempt {
  return {
    id: row.id,
    jobId: row.jobId,
    pipelineId,
    nodeIndex: row.nodeIndex,
    nodeTotal: row.nodeTotal,
    number: row.number,
    ...stateToWire(row),
    queuedAt: time(row.queuedAt),
    queue: queueToWire(row),
    imageDigest: row.imageDigest,
    keptUntil: timeOrNull(row.keptUntil),
    serviceImages: Object.values(row.serviceImages),
  };
}

/** The place was worked out while it waited, and holds no longer than that. */
function queueToWire({ status, queuePlace, startsAt }: AttemptRow): Attempt["queue"] {
  if (status !== "queued" || queuePlace === null) return null;
  return { place: queuePlace, startsAt: timeOrNull(startsAt) };
}

export function stepToWire(row: StepRow): Step {
  return {
    index: row.index,
    name: row.name,
    kind: row.kind,
    background: row.background,
    ...stateToWire(row),
    exitCode: row.exitCode,
    durationMs: row.durationMs,
    logBytes: row.storedLength,
  };
}

export function sampleToWire({ at, step, cpuMs, memoryBytes }: Sample) {
  return { at: time(at), step, cpuMs, memoryBytes };
}

export function auditToWire({
  id,
  at,
  tokenId,
  tokenName,
  ip,
  action,
  target,
  detail,
  beforeHash,
  afterHash,
}: AuditRow): AuditEntry {
  const token = tokenId === null ? null : { id: tokenId, name: tokenName ?? "" };
  return { id, at: time(at), token, ip, action, target, detail, beforeHash, afterHash };
}

export function variableToWire({ name, hint, createdAt, updatedAt }: VariableRow): Variable {
  return { name, hint, createdAt: time(createdAt), updatedAt: time(updatedAt) };
}

export function contextToWire(
  { name, createdAt }: ContextRow,
  restrictions: readonly RestrictionRow[],
): Context {
  return {
    name,
    createdAt: time(createdAt),
    restrictions: restrictions.map(({ id, kind, shown }) => ({ id, kind, value: shown })),
  };
}

export function runnerToWire(row: RunnerRow, now: number): Runner {
  return {
    id: row.id,
    host: row.host,
    status: isActiveRunner(row, now) ? "active" : "inactive",
    addedAt: time(row.addedAt),
    lastSeenAt: timeOrNull(row.lastSeenAt),
  };
}

function stateToWire(row: StateColumns) {
  return {
    status: row.status,
    reason: row.reason,
    message: row.message,
    startedAt: timeOrNull(row.startedAt),
    finishedAt: timeOrNull(row.finishedAt),
  };
}

function newestOfEachNode(attempts: readonly AttemptRow[]): AttemptRow[] {
  const byNode = new Map<number, AttemptRow>();
  for (const attempt of attempts) {
    const known = byNode.get(attempt.nodeIndex);
    if (known === undefined || known.number < attempt.number) byNode.set(attempt.nodeIndex, attempt);
  }
  return [...byNode.values()].sort((a, b) => a.nodeIndex - b.nodeIndex);
}

function time(at: number): string {
  return new Date(at).toISOString();
}

function timeOrNull(at: number | null): string | null {
  return at === null ? null : time(at);
}
