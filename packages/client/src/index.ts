export { createClient, type CallOptions, type Client, type ReadLogOptions } from "./client.ts";
export { ConnectionError, ProblemError, type ConnectionFault } from "./errors.ts";
export type { FollowOptions, LogEvent, LogOf } from "./log-stream.ts";
export type { OnOutput, RemoteTerminal } from "./terminal.ts";
export type { Server } from "./request.ts";
export { artifactRoutes, logRoutes, routes, serviceRoutes } from "./contract/routes.ts";
export type { Input, Policy, Reply, Route } from "./contract/route.ts";
export { logEventShapes, positionPattern, type LogEventData, type LogEventName } from "./contract/log.ts";
export { problems, ProblemShape, type Problem, type ProblemCode } from "./contract/problem.ts";
export type { Test, TestRun } from "./contract/test.ts";
export type { Artifact } from "./contract/artifact.ts";
export type { AuditEntry } from "./contract/audit.ts";
export {
  TerminalEventShape,
  TerminalResizeShape,
  type DebugSession,
  type TerminalEvent,
  type TerminalResize,
} from "./contract/debug.ts";
export type { Attempt, Job, Step } from "./contract/job.ts";
export type { Diagnostic, Pipeline, Workflow } from "./contract/pipeline.ts";
export type { Context, EncryptionKey, Restriction, Variable } from "./contract/secret.ts";
export type { Schedule } from "./contract/schedule.ts";
export type { NewPipeline } from "./contract/trigger.ts";
export type { Diff, JobDiff } from "./contract/diff.ts";
export type { Whoami } from "./contract/whoami.ts";
export type { CheckUp, Finding } from "./contract/check-up.ts";
export type { ServerStatus } from "./contract/server-status.ts";
export type { Why } from "./contract/why.ts";
export type { Cache } from "./contract/cache.ts";
export type { Project } from "./contract/project.ts";
export type { Runner } from "./contract/runner.ts";
export { StatusShape } from "./contract/words.ts";
