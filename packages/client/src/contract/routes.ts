import { Type } from "typebox";

import { AuditQuery, AuditShape } from "./audit.ts";
import { BadgeParams, BadgeQuery } from "./badge.ts";
import { ArtifactQuery, ArtifactShape } from "./artifact.ts";
import { ApprovalShape, AttemptShape, JobShape, KeepShape, SamplesShape, StepShape } from "./job.ts";
import { CheckUpShape } from "./check-up.ts";
import { DebugSessionShape, NewDebugSessionShape } from "./debug.ts";
import { DiffQuery, DiffShape } from "./diff.ts";
import { LogQuery } from "./log.ts";
import { PipelineQuery, PipelineShape, WorkflowShape } from "./pipeline.ts";
import { RerunJobShape, RerunWorkflowShape } from "./rerun.ts";
import type { Route } from "./route.ts";
import { NewRunnerShape, RunnerShape } from "./runner.ts";
import { ServerStatusShape } from "./server-status.ts";
import { secretRoutes } from "./secret-routes.ts";
import { TestHistoryQuery, TestQuery, TestRunShape, TestsShape } from "./test.ts";
import { NewScheduleShape, ScheduleShape } from "./schedule.ts";
import { NewPipelineShape, RepoParams } from "./trigger.ts";
import { CacheQuery, CacheShape } from "./cache.ts";
import { ProjectShape } from "./project.ts";
import { WhoamiShape } from "./whoami.ts";
import { WhyShape } from "./why.ts";
import { IdParams, List } from "./words.ts";

/** Every route that answers JSON to a token: the API registers them, the client calls them. */
export const routes = {
  listPipelines: {
    method: "GET",
    path: "/api/v1/pipelines",
    summary: "Pipelines, newest first",
    policy: "read",
    query: PipelineQuery,
    reply: List(PipelineShape),
  },
  getPipeline: {
    method: "GET",
    path: "/api/v1/pipelines/:id",
    summary: "One pipeline",
    policy: "read",
    params: IdParams,
    reply: PipelineShape,
  },
  listProjects: {
    method: "GET",
    path: "/api/v1/projects",
    summary: "The repositories that pipelines are run of, by name",
    policy: "read",
    reply: List(ProjectShape),
  },
  listCaches: {
    method: "GET",
    path: "/api/v1/projects/:owner/:name/caches",
    summary: "A repository's caches, newest first",
    policy: "read",
    params: RepoParams,
    query: CacheQuery,
    reply: List(CacheShape),
  },
  deleteCache: {
    method: "DELETE",
    path: "/api/v1/caches/:id",
    summary: "Forget a cache: the next job that asks for it misses it",
    policy: "trigger",
    params: IdParams,
    reply: CacheShape,
  },
  listSchedules: {
    method: "GET",
    path: "/api/v1/projects/:owner/:name/schedules",
    summary: "A repository's schedules: those that were made, and those of its branches' configs",
    policy: "read",
    params: RepoParams,
    reply: List(ScheduleShape),
  },
  createSchedule: {
    method: "POST",
    path: "/api/v1/projects/:owner/:name/schedules",
    summary: "Start pipelines of a branch or tag at times of a cron line",
    policy: "trigger",
    params: RepoParams,
    body: NewScheduleShape,
    status: 201,
    reply: ScheduleShape,
  },
  deleteSchedule: {
    method: "DELETE",
    path: "/api/v1/schedules/:id",
    summary: "Delete a schedule that was made; those of a config go with the config",
    policy: "trigger",
    params: IdParams,
    reply: ScheduleShape,
  },
  triggerPipeline: {
    method: "POST",
    path: "/api/v1/projects/:owner/:name/pipelines",
    summary: "Start a pipeline of a branch, a tag or a commit, with parameters",
    policy: "trigger",
    params: RepoParams,
    body: NewPipelineShape,
    status: 201,
    reply: PipelineShape,
  },
  listWorkflows: {
    method: "GET",
    path: "/api/v1/pipelines/:id/workflows",
    summary: "A pipeline's workflows, in the order of the config",
    policy: "read",
    params: IdParams,
    reply: List(WorkflowShape),
  },
  listJobs: {
    method: "GET",
    path: "/api/v1/pipelines/:id/jobs",
    summary:
      "A pipeline's jobs with their newest attempts, in the order of the config; of reruns, the newest",
    policy: "read",
    params: IdParams,
    reply: List(JobShape),
  },
  listWorkflowJobs: {
    method: "GET",
    path: "/api/v1/workflows/:id/jobs",
    summary: "A workflow's jobs with their newest attempts, in the order of the config",
    policy: "read",
    params: IdParams,
    reply: List(JobShape),
  },
  whyJob: {
    method: "GET",
    path: "/api/v1/jobs/:id/why",
    summary:
      "Why a job waits, did not run, failed, or missed a cache: rule, place in the config, who or what",
    policy: "read",
    params: IdParams,
    reply: WhyShape,
  },
  diffPipelines: {
    method: "GET",
    path: "/api/v1/pipelines/:id/diff",
    summary: "What changed in a pipeline since another one",
    policy: "read",
    params: IdParams,
    query: DiffQuery,
    reply: DiffShape,
  },
  rerunPipeline: {
    method: "POST",
    path: "/api/v1/pipelines/:id/rerun",
    summary: "Compile an ended pipeline's config anew at its commit, and run what comes of it",
    policy: "trigger",
    params: IdParams,
    reply: PipelineShape,
  },
  rerunWorkflow: {
    method: "POST",
    path: "/api/v1/workflows/:id/rerun",
    summary: "Start an ended workflow again, with the same compiled config and images",
    policy: "trigger",
    params: IdParams,
    body: RerunWorkflowShape,
    status: 201,
    reply: WorkflowShape,
  },
  rerunJob: {
    method: "POST",
    path: "/api/v1/jobs/:id/rerun",
    summary: "Run one job of an ended workflow again, and what follows it and did not succeed",
    policy: "trigger",
    params: IdParams,
    body: RerunJobShape,
    status: 201,
    reply: WorkflowShape,
  },
  approveJob: {
    method: "POST",
    path: "/api/v1/jobs/:id/approve",
    summary: "Let an approval that is on hold go; again changes nothing",
    policy: "trigger",
    params: IdParams,
    body: ApprovalShape,
    reply: JobShape,
  },
  getJob: {
    method: "GET",
    path: "/api/v1/jobs/:id",
    summary: "One job with its newest attempts",
    policy: "read",
    params: IdParams,
    reply: JobShape,
  },
  listAttempts: {
    method: "GET",
    path: "/api/v1/jobs/:id/attempts",
    summary: "All attempts of a job, by node, oldest first",
    policy: "read",
    params: IdParams,
    reply: List(AttemptShape),
  },
  getAttempt: {
    method: "GET",
    path: "/api/v1/attempts/:id",
    summary: "One attempt",
    policy: "read",
    params: IdParams,
    reply: AttemptShape,
  },
  listSteps: {
    method: "GET",
    path: "/api/v1/attempts/:id/steps",
    summary: "An attempt's steps, in order",
    policy: "read",
    params: IdParams,
    reply: List(StepShape),
  },
  listSamples: {
    method: "GET",
    path: "/api/v1/attempts/:id/samples",
    summary: "What an attempt used, every few seconds, and by step",
    policy: "read",
    params: IdParams,
    reply: SamplesShape,
  },
  listArtifacts: {
    method: "GET",
    path: "/api/v1/jobs/:id/artifacts",
    summary: "The artifacts of a job's newest attempts",
    policy: "read",
    params: IdParams,
    query: ArtifactQuery,
    reply: List(ArtifactShape),
  },
  listTests: {
    method: "GET",
    path: "/api/v1/jobs/:id/tests",
    summary: "The test results of a job's newest attempts, failures first",
    policy: "read",
    params: IdParams,
    query: TestQuery,
    reply: TestsShape,
  },
  listTestHistory: {
    method: "GET",
    path: "/api/v1/tests/:id/history",
    summary: "How the test of a result went in its project, newest first",
    policy: "read",
    params: IdParams,
    query: TestHistoryQuery,
    reply: List(TestRunShape),
  },
  cancelPipeline: {
    method: "POST",
    path: "/api/v1/pipelines/:id/cancel",
    summary: "Stop a pipeline: what waits is canceled, and what runs is ended",
    policy: "trigger",
    params: IdParams,
    reply: PipelineShape,
  },
  cancelWorkflow: {
    method: "POST",
    path: "/api/v1/workflows/:id/cancel",
    summary: "Stop a workflow; nothing that waits for its canceled jobs starts",
    policy: "trigger",
    params: IdParams,
    reply: WorkflowShape,
  },
  cancelJob: {
    method: "POST",
    path: "/api/v1/jobs/:id/cancel",
    summary: "Stop one job; jobs that require it to be canceled start",
    policy: "trigger",
    params: IdParams,
    reply: JobShape,
  },
  keepAttempt: {
    method: "POST",
    path: "/api/v1/attempts/:id/keep",
    summary: "Keep an attempt's container for a while if it fails, or keep a kept one longer",
    policy: "trigger",
    params: IdParams,
    body: KeepShape,
    reply: AttemptShape,
  },
  openDebugSession: {
    method: "POST",
    path: "/api/v1/attempts/:id/debug",
    summary: "Ask for a shell in the container of an attempt that runs or is kept",
    policy: "admin",
    params: IdParams,
    body: NewDebugSessionShape,
    status: 201,
    reply: DebugSessionShape,
  },
  listAudit: {
    method: "GET",
    path: "/api/v1/audit",
    summary: "Who did what that must be answered for, newest first",
    policy: "admin",
    query: AuditQuery,
    reply: List(AuditShape),
  },
  whoami: {
    method: "GET",
    path: "/api/v1/whoami",
    summary: "The name and the scopes of the token that asks",
    policy: "token",
    reply: WhoamiShape,
  },
  checkUp: {
    method: "GET",
    path: "/api/v1/check-up",
    summary: "Every disagreement between the database, Redis, Docker and GitHub; changes nothing",
    policy: "admin",
    reply: CheckUpShape,
  },
  mend: {
    method: "POST",
    path: "/api/v1/check-up",
    summary: "The same, and each disagreement that FMG can mend is mended as the database has it",
    policy: "admin",
    reply: CheckUpShape,
  },
  getServerStatus: {
    method: "GET",
    path: "/api/v1/status",
    summary: "The server's version, what it has to do, and why it can take no work",
    policy: "read",
    reply: ServerStatusShape,
  },
  listRunners: {
    method: "GET",
    path: "/api/v1/runners",
    summary: "The machines that carry out jobs",
    policy: "read",
    reply: List(RunnerShape),
  },
  addRunner: {
    method: "POST",
    path: "/api/v1/runners",
    summary: "Add a machine; it is inactive until something reports from there",
    policy: "admin",
    body: NewRunnerShape,
    status: 201,
    reply: RunnerShape,
  },
  removeRunner: {
    method: "DELETE",
    path: "/api/v1/runners/:id",
    summary: "Forget a machine; the server's own stays",
    policy: "admin",
    params: IdParams,
    reply: RunnerShape,
  },
  ...secretRoutes,
} as const satisfies Record<string, Route>;

/** An artifact's bytes, as an attachment; takes `Range`. */
export const artifactRoutes = {
  downloadArtifact: {
    method: "GET",
    path: "/api/v1/artifacts/:id",
    summary: "An artifact's bytes",
    policy: "read",
    params: IdParams,
    reply: Type.String({ description: "The bytes of the file." }),
  },
} as const satisfies Record<string, Route>;

const log = {
  method: "GET",
  policy: "read",
  params: IdParams,
  query: LogQuery,
  reply: Type.String({ description: "Bytes as the job wrote them, secrets masked." }),
} as const;

/** Logs: text with `Range`, or a live stream with `Accept: text/event-stream` and `Last-Event-ID`. */
export const logRoutes = {
  attemptLog: { ...log, path: "/api/v1/attempts/:id/log", summary: "An attempt's log, all steps in order" },
  jobLog: { ...log, path: "/api/v1/jobs/:id/log", summary: "The log of a job's newest attempt" },
} as const satisfies Record<string, Route>;

/** What stands beside `/api/v1`. */
export const serviceRoutes = {
  webhook: {
    method: "POST",
    path: "/webhook",
    summary: "GitHub's deliveries, signed with X-Hub-Signature-256; JSON or form encoding",
    policy: "signature",
    status: 202,
    reply: Type.Object({ pipelineId: Type.Integer() }),
  },
  healthz: {
    method: "GET",
    path: "/healthz",
    summary: "Whether the process answers",
    policy: "open",
    reply: Type.String(),
  },
  readyz: {
    method: "GET",
    path: "/readyz",
    summary: "Whether FMG can take work: a bare word, and the reasons for who has a token",
    policy: "open",
    reply: Type.String(),
  },
  openapi: {
    method: "GET",
    path: "/openapi.json",
    summary: "This description",
    policy: "open",
    reply: Type.Record(Type.String(), Type.Unknown()),
  },
  debugTerminal: {
    method: "GET",
    path: "/api/v1/debug-sessions/:id/terminal",
    summary: "The terminal of a debug session, as a WebSocket; once",
    policy: "admin",
    status: 101,
    params: IdParams,
    reply: Type.String({
      description: "Binary messages are the terminal's bytes; text ones are resize, ready and end.",
    }),
  },
  badge: {
    method: "GET",
    path: "/projects/:owner/:repo/badge.svg",
    summary:
      "How a branch (the default one unless told) stands, as a picture; for FMG_PUBLIC_BADGES without a token",
    policy: "read",
    params: BadgeParams,
    query: BadgeQuery,
    reply: Type.String({ description: "An SVG." }),
  },
  pipelinePage: {
    method: "GET",
    path: "/p/:id",
    summary: "A pipeline as a page of text; takes HTTP Basic too, with the token as the password",
    policy: "read",
    params: IdParams,
    reply: Type.String(),
  },
} as const satisfies Record<string, Route>;
