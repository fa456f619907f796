import {
  isFinal,
  isLegalMove,
  type Approval,
  type BuildJobPlan,
  type Cancellation,
  type Demand,
  type Diagnostic,
  type EntityKind,
  type Instant,
  type JobPlan,
  type Reason,
  type Rerun,
  type Status,
  type StepHeader,
  type WorkflowPlan,
} from "@fmg/core";
import type { KeptLayer } from "./stores/earlier-results.ts";

/*
 * What a server keeps in rows, in memory: one run of a config. Statuses change by `move` alone, along the same table of legal
 * moves as the server's.
 */

interface Moving {
  status: Status;
  reason: Reason | undefined;
  message: string | undefined;
  startedAt: Instant | undefined;
  finishedAt: Instant | undefined;
}

export interface StepRecord extends StepHeader, Moving {
  exitCode: number | undefined;
  durationMs: number | undefined;
}

export interface AttemptRecord extends Moving {
  readonly id: number;
  readonly nodeIndex: number;
  readonly nodeTotal: number;
  /** 1, or 2 for one that is made once more. */
  readonly number: number;
  readonly queuedAt: Instant;
  /** Cut to the host. */
  readonly demand: Demand;
  cpuset: string | null;
  steps: StepRecord[];
}

export interface JobRecord extends Moving {
  readonly id: number;
  readonly uuid: string;
  readonly plan: JobPlan;
  /** It stands as an earlier run or workflow left it. */
  readonly isCarried: boolean;
  /** By node and number. */
  attempts: AttemptRecord[];
  serialAskedAt: Instant | null;
  approval: Approval | null;
  /** Somebody did not want it to go on. */
  cancellation: Cancellation | null;
}

export interface WorkflowRecord {
  readonly id: number;
  readonly uuid: string;
  /** That of the first workflow in a line of reruns. */
  readonly workspaceUuid: string;
  readonly plan: WorkflowPlan;
  readonly jobs: readonly JobRecord[];
  /** In the order in which they were persisted. */
  readonly layers: KeptLayer[];
  readonly rerunOf: number | null;
  readonly rerun: Rerun | null;
  status: Status;
}

/** One run of a config on this machine. */
export interface RunRecord {
  readonly uuid: string;
  readonly number: number;
  readonly startedAt: Instant;
  /** Reruns are added at the end. */
  readonly workflows: WorkflowRecord[];
  readonly demandOf: (plan: BuildJobPlan) => Demand;
  cancellation: Cancellation | null;
  /** What is wrong with the config that a setup job gave. (R-DYN-9) */
  rejected: readonly Diagnostic[];
  /** Of workflows, jobs and attempts together. */
  lastId: number;
}

export interface Move {
  readonly status: Status;
  readonly at: Instant;
  readonly reason?: Reason | undefined;
  readonly message?: string | undefined;
}

/** What a move may be of. */
type Movable = Extract<EntityKind, "job" | "attempt" | "step">;

export const untouched = {
  reason: undefined,
  message: undefined,
  startedAt: undefined,
  finishedAt: undefined,
} as const;

/** The one place where a status changes. Throws for a move that cannot be: that is a bug. */
export function move(kind: Movable, record: Moving, { status, at, reason, message }: Move): void {
  if (!isLegalMove(kind, record.status, status)) {
    throw new Error(`a ${kind} cannot go from ${record.status} to ${status}`);
  }
  record.status = status;
  record.reason = reason;
  record.message = message;
  if (status === "running") record.startedAt = at;
  if (isFinal(status)) record.finishedAt = at;
}

/** The job of that name in its workflow; it must be there. */
export function jobNamed({ jobs }: WorkflowRecord, name: string): JobRecord {
  const found = jobs.find(({ plan }) => plan.name === name);
  if (found === undefined) throw new Error(`there is no job ${name}`);
  return found;
}

export function nextId(run: Pick<RunRecord, "lastId">): number {
  return ++run.lastId;
}
