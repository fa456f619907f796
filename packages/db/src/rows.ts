import type {
  Approval,
  AttemptId,
  Cancellation,
  CommitState,
  CommitStatus,
  Diagnostic,
  Instant,
  JobId,
  JobPlan,
  OutboxId,
  PipelineId,
  ProjectId,
  Reason,
  RepositoryRef,
  Rerun,
  Status,
  TriggerEvent,
  Trust,
  WorkflowId,
} from "@fmg/core";
import type { ServiceImages, TokenScope } from "./schema.ts";

/** What everything with a status carries. Null stands for "none" or "not yet". */
export interface StateColumns {
  readonly status: Status;
  readonly reason: Reason | null;
  /** A sentence for people. */
  readonly message: string | null;
  readonly startedAt: Instant | null;
  /** Set exactly when the status is final. */
  readonly finishedAt: Instant | null;
}

export interface ProjectRow {
  readonly id: ProjectId;
  readonly uuid: string;
  readonly githubId: number;
  readonly owner: string;
  readonly name: string;
  readonly cloneUrl: string;
  readonly defaultBranch: string;
  readonly createdAt: Instant;
}

export interface PipelineRow extends StateColumns {
  /** The number that people see: #5. */
  readonly id: PipelineId;
  readonly uuid: string;
  readonly projectId: ProjectId;
  /** The project's names as they are now; `repository` has them as they were at the push. */
  readonly owner: string;
  readonly name: string;
  /** Counts per project. */
  readonly number: number;
  /** One of branch and tag is null. */
  readonly branch: string | null;
  readonly tag: string | null;
  readonly sha: string;
  readonly event: TriggerEvent;
  readonly trust: Trust;
  readonly repository: RepositoryRef;
  /** Errors of a rejected config, or warnings of a compiled one. */
  readonly diagnostics: readonly Diagnostic[];
  /** Who asked for its config to be compiled anew: the name of the token. */
  readonly recompiledBy: string | null;
  /** Somebody or something wishes it stopped. */
  readonly cancellation: Cancellation | null;
  readonly createdAt: Instant;
}

export interface WorkflowRow extends StateColumns {
  readonly id: WorkflowId;
  readonly uuid: string;
  readonly pipelineId: PipelineId;
  readonly name: string;
  readonly rerunOf: WorkflowId | null;
  /** Set for a rerun: what was started again, and by whom. */
  readonly rerun: Rerun | null;
  readonly cancellation: Cancellation | null;
  readonly createdAt: Instant;
}

export interface JobRow extends StateColumns {
  readonly id: JobId;
  readonly uuid: string;
  readonly workflowId: WorkflowId;
  readonly name: string;
  /** Counts per project; null for a job that is left out. */
  readonly number: number | null;
  readonly kind: JobPlan["kind"];
  /** Since when it waits, or waited, for a person, and who let it go. */
  readonly heldAt: Instant | null;
  readonly approval: Approval | null;
  /** In a rerun, the job of an earlier workflow that it stands for. */
  readonly carriedFrom: JobId | null;
  readonly cancellation: Cancellation | null;
  /** The serial group that it needs, or the key that it locks or unlocks; and when it asked. */
  readonly serialGroup: string | null;
  readonly serialAskedAt: Instant | null;
  readonly createdAt: Instant;
}

export interface AttemptRow extends StateColumns {
  readonly id: AttemptId;
  readonly jobId: JobId;
  readonly nodeIndex: number;
  readonly nodeTotal: number;
  /** 1 for the first execution of its node, 2 for the next. */
  readonly number: number;
  readonly label: string;
  readonly queuedAt: Instant;
  /** Who carries it out, until when the lease lasts, and how many owners there were. */
  readonly owner: string | null;
  readonly leaseExpiresAt: Instant | null;
  readonly epoch: number;
  readonly cancelRequestedAt: Instant | null;
  readonly imageDigest: string | null;
  /** What it takes of its host while it runs. */
  readonly cpus: number;
  readonly memoryBytes: number;
  /** The Docker host that it runs on, and the cores there that it may use (null: all of them). */
  readonly host: string | null;
  readonly cpuset: string | null;
  /** While it is queued: its place in the line, and when it will start; null while nobody has worked them out. */
  readonly queuePlace: number | null;
  readonly startsAt: Instant | null;
  /** Its container is to be kept for so long if it fails; until when it is kept. */
  readonly keepForMs: number | null;
  readonly keptUntil: Instant | null;
  readonly serviceImages: ServiceImages;
}

export interface StepRow extends StateColumns {
  readonly attemptId: AttemptId;
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  readonly background: boolean;
  readonly exitCode: number | null;
  /** Raw bytes consumed. */
  readonly rawOffset: number;
  /** Bytes of the stored log that are committed; readers are shown no more. */
  readonly storedLength: number;
  readonly lastOutputAt: Instant | null;
  readonly durationMs: number | null;
}

/** A commit status that is to be sent, with the repository's names as they are now. */
export interface OutboxRow extends CommitStatus {
  readonly id: OutboxId;
  readonly pipelineId: PipelineId;
  readonly owner: string;
  readonly repo: string;
  readonly sha: string;
  readonly state: CommitState;
  readonly status: "pending" | "sent" | "refused";
  readonly tries: number;
  readonly nextAt: Instant;
  readonly lastError: string | null;
  readonly createdAt: Instant;
  readonly sentAt: Instant | null;
}

export interface RunnerRow {
  readonly id: number;
  readonly host: string;
  readonly addedAt: Instant;
  readonly lastSeenAt: Instant | null;
}

export interface TokenRow {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly createdAt: Instant;
  readonly revokedAt: Instant | null;
}
