import { statuses } from "@fmg/core";
import type {
  Approval,
  AttemptId,
  CommitState,
  Cancellation,
  Diagnostic,
  Instant,
  JobId,
  JobPlan,
  OutboxId,
  ParameterValue,
  PipelineId,
  ProjectId,
  Reason,
  RepositoryRef,
  StateChange,
  Rerun,
  Status,
  TriggerEvent,
  Trust,
  WorkflowId,
  WorkflowPlan,
} from "@fmg/core";
import {
  blob,
  check,
  index,
  integer,
  primaryKey,
  real,
  sql,
  sqliteTable,
  text,
  unique,
  uniqueIndex,
} from "./drizzle.ts";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";

/*
 * All tables. Times are milliseconds since the epoch. A status is one of core's words, and only `job-states.ts` changes
 * it; `finished_at` is set exactly when the status is final. An index of SQLite ends with the row's id by itself, so an
 * index on (status) serves "of this status, newest first".
 */

/** The images of an attempt's service containers, by their place in `docker:`. */
export type ServiceImages = Readonly<Record<string, { readonly image: string; readonly digest: string }>>;

const isStatus = (column: AnySQLiteColumn) =>
  sql`${column} in (${sql.raw(statuses.map((status) => `'${status}'`).join(", "))})`;

const isFinalAtEnd = (status: AnySQLiteColumn, finishedAt: AnySQLiteColumn) =>
  sql`(${finishedAt} is null) = (${status} in ('pending', 'blocked', 'on_hold', 'queued', 'running'))`;

/** The columns of everything that has a status. */
const state = () => ({
  status: text().$type<Status>().notNull(),
  reason: text().$type<Reason>(),
  /** A sentence for people. */
  message: text(),
  startedAt: integer().$type<Instant>(),
  finishedAt: integer().$type<Instant>(),
});

export const projects = sqliteTable(
  "projects",
  {
    id: integer().$type<ProjectId>().primaryKey({ autoIncrement: true }),
    uuid: text().notNull().unique(),
    /** GitHub's number of the repository: it stays when the repository is renamed. */
    githubId: integer().notNull().unique(),
    owner: text().notNull(),
    name: text().notNull(),
    cloneUrl: text().notNull(),
    defaultBranch: text().notNull(),
    nextPipelineNumber: integer().notNull().default(1),
    nextJobNumber: integer().notNull().default(1),
    createdAt: integer().$type<Instant>().notNull(),
    updatedAt: integer().$type<Instant>().notNull(),
  },
  (table) => [
    // GitHub compares names without regard to case.
    index("projects_by_name").on(sql`${table.owner} collate nocase`, sql`${table.name} collate nocase`),
  ],
);

export const deliveries = sqliteTable(
  "deliveries",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** GitHub's X-GitHub-Delivery: one pipeline each, however often it is sent. */
    deliveryId: text().notNull().unique(),
    event: text().notNull(),
    outcome: text().$type<"accepted" | "ignored" | "invalid">().notNull(),
    /** Why it was ignored, or what is wrong with it. */
    message: text(),
    pipelineId: integer()
      .$type<PipelineId>()
      .references(() => pipelines.id),
    receivedAt: integer().$type<Instant>().notNull(),
  },
  (table) => [
    index("deliveries_by_pipeline").on(table.pipelineId),
    check("deliveries_outcome", sql`${table.outcome} in ('accepted', 'ignored', 'invalid')`),
    check("deliveries_pipeline", sql`(${table.outcome} = 'accepted') = (${table.pipelineId} is not null)`),
  ],
);

/** Bodies stand apart, so that the table of deliveries stays small enough to be read fast. */
export const deliveryBodies = sqliteTable("delivery_bodies", {
  id: integer()
    .primaryKey()
    .references(() => deliveries.id),
  body: blob({ mode: "buffer" }).notNull(),
});

export const pipelines = sqliteTable(
  "pipelines",
  {
    /** The number that people see: #5. */
    id: integer().$type<PipelineId>().primaryKey({ autoIncrement: true }),
    uuid: text().notNull().unique(),
    projectId: integer()
      .$type<ProjectId>()
      .notNull()
      .references(() => projects.id),
    /** Counts per project. */
    number: integer().notNull(),
    ...state(),
    branch: text(),
    tag: text(),
    sha: text().notNull(),
    event: text({ mode: "json" }).$type<TriggerEvent>().notNull(),
    trust: text().$type<Trust>().notNull().default("own"),
    /** The repository as it was when it was pushed to. */
    repository: text({ mode: "json" }).$type<RepositoryRef>().notNull(),
    diagnostics: text({ mode: "json" }).$type<readonly Diagnostic[]>().notNull(),
    /** Who asked for its config to be compiled anew: the name of the token. */
    recompiledBy: text(),
    /** Somebody or something wishes it stopped. */
    cancellation: text({ mode: "json" }).$type<Cancellation>(),
    createdAt: integer().$type<Instant>().notNull(),
  },
  (table) => [
    unique("pipelines_by_number").on(table.projectId, table.number),
    // One index for each set of filters of the list, so that a page costs the same however long the list is.
    index("pipelines_by_project").on(table.projectId),
    index("pipelines_by_branch").on(table.branch),
    index("pipelines_by_status").on(table.status),
    index("pipelines_by_project_branch").on(table.projectId, table.branch),
    index("pipelines_by_project_status").on(table.projectId, table.status),
    index("pipelines_by_branch_status").on(table.branch, table.status),
    index("pipelines_by_project_branch_status").on(table.projectId, table.branch, table.status),
    index("pipelines_by_commit").on(table.projectId, table.sha),
    check("pipelines_status", isStatus(table.status)),
    check("pipelines_finished", isFinalAtEnd(table.status, table.finishedAt)),
    check("pipelines_ref", sql`(${table.branch} is null) <> (${table.tag} is null)`),
  ],
);

export const workflows = sqliteTable(
  "workflows",
  {
    id: integer().$type<WorkflowId>().primaryKey({ autoIncrement: true }),
    uuid: text().notNull().unique(),
    pipelineId: integer()
      .$type<PipelineId>()
      .notNull()
      .references(() => pipelines.id),
    name: text().notNull(),
    ...state(),
    plan: text({ mode: "json" }).$type<WorkflowPlan>().notNull(),
    rerunOf: integer()
      .$type<WorkflowId>()
      .references((): AnySQLiteColumn => workflows.id),
    /** Set for a rerun: what was started again, and by whom. */
    rerun: text({ mode: "json" }).$type<Rerun>(),
    cancellation: text({ mode: "json" }).$type<Cancellation>(),
    createdAt: integer().$type<Instant>().notNull(),
  },
  (table) => [
    index("workflows_by_pipeline").on(table.pipelineId),
    index("workflows_by_rerun").on(table.rerunOf),
    index("workflows_open")
      .on(table.id)
      .where(sql`${table.finishedAt} is null`),
    check("workflows_status", isStatus(table.status)),
    check("workflows_finished", isFinalAtEnd(table.status, table.finishedAt)),
  ],
);

export const jobs = sqliteTable(
  "jobs",
  {
    id: integer().$type<JobId>().primaryKey({ autoIncrement: true }),
    uuid: text().notNull().unique(),
    workflowId: integer()
      .$type<WorkflowId>()
      .notNull()
      .references(() => workflows.id),
    name: text().notNull(),
    /** Counts per project; null for a job that is left out. */
    number: integer(),
    kind: text().$type<JobPlan["kind"]>().notNull(),
    ...state(),
    /** Since when it waits, or waited, for a person. */
    heldAt: integer().$type<Instant>(),
    /** Who let it go. It is a wish until the workflow is advanced. */
    approval: text({ mode: "json" }).$type<Approval>(),
    /** In a rerun, the job of an earlier workflow that it stands for: its attempts are shown as this one's. */
    carriedFrom: integer()
      .$type<JobId>()
      .references((): AnySQLiteColumn => jobs.id),
    cancellation: text({ mode: "json" }).$type<Cancellation>(),
    /** The serial group that it needs, or the key that it locks or unlocks; and when it asked. (R-SER-2, R-LOCK-1) */
    serialGroup: text(),
    serialAskedAt: integer().$type<Instant>(),
    createdAt: integer().$type<Instant>().notNull(),
  },
  (table) => [
    unique("jobs_by_workflow").on(table.workflowId, table.name),
    index("jobs_by_serial_group")
      .on(table.serialGroup)
      .where(sql`${table.serialGroup} is not null`),
    check("jobs_status", isStatus(table.status)),
    check("jobs_finished", isFinalAtEnd(table.status, table.finishedAt)),
  ],
);

export const attempts = sqliteTable(
  "attempts",
  {
    id: integer().$type<AttemptId>().primaryKey({ autoIncrement: true }),
    jobId: integer()
      .$type<JobId>()
      .notNull()
      .references(() => jobs.id),
    nodeIndex: integer().notNull(),
    nodeTotal: integer().notNull(),
    /** 1 for the first execution of this node, 2 for the next. */
    number: integer().notNull(),
    label: text().notNull(),
    ...state(),
    queuedAt: integer().$type<Instant>().notNull(),
    /** The lease: who carries the attempt out, until when, and how many have done so. */
    owner: text(),
    leaseExpiresAt: integer().$type<Instant>(),
    epoch: integer().notNull().default(0),
    cancelRequestedAt: integer().$type<Instant>(),
    imageDigest: text(),
    /** What it takes of its host while it runs; stored, so that several orchestrators count the same. */
    cpus: real().notNull().default(0),
    memoryBytes: integer().notNull().default(0),
    /** The Docker host that it runs on, and the cores there that are its own to use (null: all of them). */
    host: text(),
    cpuset: text(),
    /** While it is queued: its place in the line (1 is the next), and when it will start as far as that can be told. */
    queuePlace: integer(),
    startsAt: integer().$type<Instant>(),
    /** Somebody wishes its container kept for so long if it fails; until when it is kept. */
    keepForMs: integer(),
    keptUntil: integer().$type<Instant>(),
    /** Of its service containers, by their place in `docker:`. */
    serviceImages: text({ mode: "json" }).$type<ServiceImages>().notNull().default({}),
  },
  (table) => [
    unique("attempts_by_job").on(table.jobId, table.nodeIndex, table.number),
    index("attempts_open")
      .on(table.status, table.queuedAt)
      .where(sql`${table.finishedAt} is null`),
    index("attempts_kept")
      .on(table.keptUntil)
      .where(sql`${table.keptUntil} is not null`),
    index("attempts_by_owner")
      .on(table.owner)
      .where(sql`${table.finishedAt} is null`),
    check("attempts_status", isStatus(table.status)),
    check("attempts_finished", isFinalAtEnd(table.status, table.finishedAt)),
    check("attempts_lease", sql`(${table.owner} is null) = (${table.leaseExpiresAt} is null)`),
  ],
);

export const steps = sqliteTable(
  "steps",
  {
    attemptId: integer()
      .$type<AttemptId>()
      .notNull()
      .references(() => attempts.id),
    index: integer().notNull(),
    name: text().notNull(),
    kind: text().notNull(),
    background: integer({ mode: "boolean" }).notNull(),
    ...state(),
    exitCode: integer(),
    /** The checkpoint: raw bytes consumed, and bytes stored, which alone readers are shown. */
    rawOffset: integer().notNull().default(0),
    storedLength: integer().notNull().default(0),
    lastOutputAt: integer().$type<Instant>(),
    durationMs: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.attemptId, table.index] }),
    check("steps_status", isStatus(table.status)),
    check("steps_finished", isFinalAtEnd(table.status, table.finishedAt)),
  ],
);

/** What attempts used: processor time since the start of their containers, and memory at that moment. */
export const samples = sqliteTable(
  "samples",
  {
    attemptId: integer()
      .$type<AttemptId>()
      .notNull()
      .references(() => attempts.id),
    at: integer().$type<Instant>().notNull(),
    /** The step that ran then. */
    step: integer().notNull(),
    cpuMs: integer().notNull(),
    memoryBytes: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.attemptId, table.at] })],
);

/** What has to leave the house: one row for each state that a commit is to show. */
export const outbox = sqliteTable(
  "outbox",
  {
    id: integer().$type<OutboxId>().primaryKey({ autoIncrement: true }),
    pipelineId: integer()
      .$type<PipelineId>()
      .notNull()
      .references(() => pipelines.id),
    projectId: integer()
      .$type<ProjectId>()
      .notNull()
      .references(() => projects.id),
    sha: text().notNull(),
    context: text().notNull(),
    state: text().$type<CommitState>().notNull(),
    description: text().notNull(),
    targetUrl: text().notNull(),
    status: text().$type<"pending" | "sent" | "refused">().notNull(),
    tries: integer().notNull().default(0),
    nextAt: integer().$type<Instant>().notNull(),
    lastError: text(),
    createdAt: integer().$type<Instant>().notNull(),
    sentAt: integer().$type<Instant>(),
  },
  (table) => [
    index("outbox_by_context").on(table.projectId, table.sha, table.context),
    index("outbox_by_pipeline").on(table.pipelineId),
    index("outbox_due")
      .on(table.nextAt)
      .where(sql`${table.status} = 'pending'`),
    // A newer state of a context replaces the one that is not sent yet.
    uniqueIndex("outbox_one_pending")
      .on(table.projectId, table.sha, table.context)
      .where(sql`${table.status} = 'pending'`),
    check("outbox_state", sql`${table.state} in ('pending', 'success', 'failure', 'error')`),
    check("outbox_status", sql`${table.status} in ('pending', 'sent', 'refused')`),
  ],
);

/** What receivers are to hear of a workflow: once each. Who they are, and their secrets, stand in the operator's file. */
export const notifications = sqliteTable(
  "notifications",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    receiver: text().notNull(),
    change: text().$type<StateChange>().notNull(),
    workflowId: integer()
      .$type<WorkflowId>()
      .notNull()
      .references(() => workflows.id),
    /** Whose outcome was the branch's before. */
    previousId: integer()
      .$type<WorkflowId>()
      .references(() => workflows.id),
    status: text().$type<"pending" | "sent" | "refused">().notNull(),
    tries: integer().notNull().default(0),
    lastError: text(),
    createdAt: integer().$type<Instant>().notNull(),
    sentAt: integer().$type<Instant>(),
  },
  (table) => [
    unique("notifications_once").on(table.receiver, table.workflowId),
    index("notifications_by_workflow").on(table.workflowId),
    index("notifications_by_previous").on(table.previousId),
    index("notifications_due")
      .on(table.id)
      .where(sql`${table.status} = 'pending'`),
    check("notifications_change", sql`${table.change} in ('broken', 'fixed')`),
    check("notifications_status", sql`${table.status} in ('pending', 'sent', 'refused')`),
  ],
);

export const runners = sqliteTable("runners", {
  id: integer().primaryKey({ autoIncrement: true }),
  host: text().notNull().unique(),
  addedAt: integer().$type<Instant>().notNull(),
  lastSeenAt: integer().$type<Instant>(),
});

export const tokens = sqliteTable("tokens", {
  id: integer().primaryKey({ autoIncrement: true }),
  name: text().notNull(),
  /** SHA-256 of the token, as hex; the token itself is nowhere. */
  hash: text().notNull().unique(),
  scopes: text({ mode: "json" }).$type<readonly TokenScope[]>().notNull(),
  createdAt: integer().$type<Instant>().notNull(),
  revokedAt: integer().$type<Instant>(),
});

/** Shells that people opened in an attempt's container. */
export const debugSessions = sqliteTable(
  "debug_sessions",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    attemptId: integer()
      .$type<AttemptId>()
      .notNull()
      .references(() => attempts.id),
    tokenId: integer()
      .notNull()
      .references(() => tokens.id),
    openedAt: integer().$type<Instant>().notNull(),
    expiresAt: integer().$type<Instant>().notNull(),
    /** The orchestrator that has the shell; set once. */
    owner: text(),
    closedAt: integer().$type<Instant>(),
    /** How it ended, in a word or two. */
    ending: text(),
  },
  (table) => [
    index("debug_sessions_by_attempt").on(table.attemptId),
    index("debug_sessions_open")
      .on(table.expiresAt)
      .where(sql`${table.closedAt} is null`),
  ],
);

/** Who did what that must be answered for. Rows are only ever added: triggers refuse everything else. (SEC-24) */
export const audit = sqliteTable("audit", {
  id: integer().primaryKey({ autoIncrement: true }),
  at: integer().$type<Instant>().notNull(),
  /** Null: FMG itself. The name stays when the token is gone. */
  tokenId: integer().references(() => tokens.id),
  tokenName: text(),
  ip: text(),
  /** `attempt.keep`, `debug.open`, `debug.close`. */
  action: text().notNull(),
  /** `attempt 5`. */
  target: text().notNull(),
  /** A sentence about what was special. */
  detail: text(),
  /** SHA-256 of what was there before and after, as stored: of a secret, its sealed bytes, which tell nothing. */
  beforeHash: text(),
  afterHash: text(),
});

/** What a token may do. */
export type TokenScope = "read" | "trigger" | "admin" | "runner";

/** Turns that one process at a time takes (`reconcile`, `statuses`), or that nobody takes for a while (`quiet:…`). */
export const leases = sqliteTable("leases", {
  name: text().primaryKey(),
  owner: text().notNull(),
  expiresAt: integer().$type<Instant>().notNull(),
});

/** Caches of jobs. A key is taken once in its scope; the blob is named by its digest. */
export const caches = sqliteTable(
  "caches",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    projectId: integer()
      .$type<ProjectId>()
      .notNull()
      .references(() => projects.id),
    /** The ref whose jobs saved it: `branch:main`, `tag:v1`. (SEC-8) */
    scope: text().notNull(),
    key: text().notNull(),
    /** What the key was made of, to tell what a miss differs in. */
    parts: text({ mode: "json" })
      .$type<readonly { readonly label: string; readonly value: string }[]>()
      .notNull(),
    digest: text().notNull(),
    sizeBytes: integer().notNull(),
    createdAt: integer().$type<Instant>().notNull(),
    lastUsedAt: integer().$type<Instant>().notNull(),
    expiresAt: integer().$type<Instant>().notNull(),
  },
  (table) => [
    unique("caches_by_key").on(table.projectId, table.scope, table.key),
    index("caches_by_use").on(table.lastUsedAt),
    index("caches_by_expiry").on(table.expiresAt),
    index("caches_by_digest").on(table.digest),
  ],
);

/** What the jobs of a line of workflows persisted, one layer a step. */
export const workspaceLayers = sqliteTable(
  "workspace_layers",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** The uuid of the first workflow of the line of reruns. */
    workspaceUuid: text().notNull(),
    attemptId: integer()
      .$type<AttemptId>()
      .notNull()
      .references(() => attempts.id),
    step: integer().notNull(),
    job: text().notNull(),
    nodeIndex: integer().notNull(),
    digest: text().notNull(),
    sizeBytes: integer().notNull(),
    /** The files in it, to find what two jobs fight over. */
    paths: text({ mode: "json" }).$type<readonly string[]>().notNull(),
    expiresAt: integer().$type<Instant>().notNull(),
  },
  (table) => [
    unique("workspace_layers_by_step").on(table.attemptId, table.step),
    index("workspace_layers_by_workspace").on(table.workspaceUuid),
    index("workspace_layers_by_expiry").on(table.expiresAt),
    index("workspace_layers_by_digest").on(table.digest),
  ],
);

export const artifacts = sqliteTable(
  "artifacts",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    attemptId: integer()
      .$type<AttemptId>()
      .notNull()
      .references(() => attempts.id),
    path: text().notNull(),
    digest: text().notNull(),
    sizeBytes: integer().notNull(),
    createdAt: integer().$type<Instant>().notNull(),
    expiresAt: integer().$type<Instant>().notNull(),
  },
  (table) => [
    unique("artifacts_by_path").on(table.attemptId, table.path),
    index("artifacts_by_expiry").on(table.expiresAt),
    index("artifacts_by_digest").on(table.digest),
  ],
);

/** How single tests went, by `store_test_results`. */
export const testResults = sqliteTable(
  "test_results",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    attemptId: integer()
      .$type<AttemptId>()
      .notNull()
      .references(() => attempts.id),
    step: integer().notNull(),
    name: text().notNull(),
    classname: text().notNull(),
    file: text().notNull(),
    durationMs: integer().notNull(),
    result: text().$type<"success" | "failure" | "skipped">().notNull(),
    message: text(),
  },
  (table) => [
    // A test is known by its name, class and file: looked up within an attempt, and over all of them.
    index("test_results_by_attempt").on(table.attemptId, table.name, table.classname, table.file),
    index("test_results_by_name").on(table.name, table.classname, table.file),
    check("test_results_result", sql`${table.result} in ('success', 'failure', 'skipped')`),
  ],
);

/** Sets of variables that jobs ask for by name. */
export const contexts = sqliteTable("contexts", {
  id: integer().primaryKey({ autoIncrement: true }),
  /** Seals its variables to it, so that a later context of the same name cannot open them. */
  uuid: text().notNull().unique(),
  name: text().notNull().unique(),
  createdAt: integer().$type<Instant>().notNull(),
});

/** What a context may be restricted by. */
export type RestrictionKind = "project" | "branch" | "tag" | "expression";

/** Who may use a context; without any row every project may. */
export const contextRestrictions = sqliteTable(
  "context_restrictions",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    contextId: integer()
      .notNull()
      .references(() => contexts.id, { onDelete: "cascade" }),
    kind: text().$type<RestrictionKind>().notNull(),
    value: text().notNull(),
    createdAt: integer().$type<Instant>().notNull(),
  },
  (table) => [
    unique("context_restrictions_by_context").on(table.contextId, table.kind, table.value),
    check("context_restrictions_kind", sql`${table.kind} in ('project', 'branch', 'tag', 'expression')`),
  ],
);

/** Variables of projects and contexts, each value sealed under the key that it names. (SEC-5) */
export const variables = sqliteTable(
  "variables",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    projectId: integer()
      .$type<ProjectId>()
      .references(() => projects.id),
    contextId: integer().references(() => contexts.id, { onDelete: "cascade" }),
    name: text().notNull(),
    keyId: text().notNull(),
    /** Nonce, ciphertext and tag. */
    sealed: blob({ mode: "buffer" }).notNull(),
    /** The last characters of a long value: all that is ever shown. */
    hint: text(),
    createdAt: integer().$type<Instant>().notNull(),
    updatedAt: integer().$type<Instant>().notNull(),
  },
  (table) => [
    unique("variables_by_project").on(table.projectId, table.name),
    unique("variables_by_context").on(table.contextId, table.name),
    index("variables_by_key").on(table.keyId),
    check("variables_owner", sql`(${table.projectId} is null) <> (${table.contextId} is null)`),
  ],
);

/** What a running attempt was given, sealed, so that its successor gives and masks the same. */
export const attemptVariables = sqliteTable(
  "attempt_variables",
  {
    attemptId: integer()
      .$type<AttemptId>()
      .primaryKey()
      .references(() => attempts.id),
    keyId: text().notNull(),
    sealed: blob({ mode: "buffer" }).notNull(),
  },
  (table) => [index("attempt_variables_by_key").on(table.keyId)],
);

/** Why a pipeline that was continued has no workflows of its second config, and what it ends as. */
export interface ContinuationRejection {
  readonly status: "error" | "canceled";
  readonly reason: Reason;
  readonly message: string;
}

/** The second config of a dynamic pipeline: a row for each pipeline with a setup config. (R-DYN-1) */
export const continuations = sqliteTable(
  "continuations",
  {
    pipelineId: integer()
      .$type<PipelineId>()
      .primaryKey()
      .references(() => pipelines.id),
    /** The key that its jobs continue it with; made for the first of them. */
    keyId: text(),
    sealed: blob({ mode: "buffer" }),
    /** What the trigger gave, and which of it is not the setup config's default. */
    triggerArguments: text({ mode: "json" }).$type<Readonly<Record<string, ParameterValue>>>().notNull(),
    overriding: text({ mode: "json" }).$type<readonly string[]>().notNull(),
    /** The request that continued it. */
    acceptedAt: integer().$type<Instant>(),
    digest: text(),
    configuration: text(),
    parameters: text({ mode: "json" }).$type<Readonly<Record<string, ParameterValue>>>(),
    /** When its workflows were stored; `rejection` says why there are none. */
    compiledAt: integer().$type<Instant>(),
    rejection: text({ mode: "json" }).$type<ContinuationRejection>(),
  },
  (table) => [
    index("continuations_by_key").on(table.keyId),
    index("continuations_due")
      .on(table.pipelineId)
      .where(sql`${table.acceptedAt} is not null and ${table.compiledAt} is null`),
    check("continuations_key", sql`(${table.keyId} is null) = (${table.sealed} is null)`),
    check("continuations_accepted", sql`(${table.acceptedAt} is null) = (${table.digest} is null)`),
  ],
);

/** What FMG pulled to the hosts of its orchestrators, and may therefore remove there. */
export const pulledImages = sqliteTable(
  "pulled_images",
  {
    hostId: text().notNull(),
    reference: text().notNull(),
    imageId: text().notNull(),
    sizeBytes: integer().notNull(),
    lastUsedAt: integer().$type<Instant>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.hostId, table.reference] }),
    index("pulled_images_by_use").on(table.hostId, table.lastUsedAt),
  ],
);

/** When pipelines start by themselves: what somebody made, or what stands in a branch's config (`workflow` is set then). */
export const schedules = sqliteTable(
  "schedules",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    uuid: text().notNull().unique(),
    projectId: integer()
      .$type<ProjectId>()
      .notNull()
      .references(() => projects.id),
    name: text().notNull(),
    cron: text().notNull(),
    timeZone: text().notNull(),
    /** One of branch and tag is null. */
    branch: text(),
    tag: text(),
    /** The one workflow that it starts. (R-SCH-6) */
    workflow: text(),
    parameters: text({ mode: "json" })
      .$type<Readonly<Record<string, ParameterValue>>>()
      .notNull()
      .default({}),
    /** Whose name its pipelines bear. */
    createdBy: text().notNull(),
    createdAt: integer().$type<Instant>().notNull(),
  },
  (table) => [
    index("schedules_by_project").on(table.projectId),
    check("schedules_ref", sql`(${table.branch} is null) <> (${table.tag} is null)`),
  ],
);

/** The slots that were taken: each of a schedule once, whatever the clock does. (REL-15) */
export const scheduleSlots = sqliteTable(
  "schedule_slots",
  {
    scheduleId: integer()
      .notNull()
      .references(() => schedules.id, { onDelete: "cascade" }),
    slot: integer().$type<Instant>().notNull(),
    /** Null: its branch or tag was not there. */
    pipelineId: integer()
      .$type<PipelineId>()
      .references(() => pipelines.id),
  },
  (table) => [
    primaryKey({ columns: [table.scheduleId, table.slot] }),
    index("schedule_slots_by_pipeline").on(table.pipelineId),
  ],
);
