export {
  asAttemptId,
  asJobId,
  asOutboxId,
  asPipelineId,
  asProjectId,
  asWorkflowId,
  type AttemptId,
  type Instant,
  type JobId,
  type OutboxId,
  type PipelineId,
  type ProjectId,
  type WorkflowId,
} from "./ids.ts";
export { errorCodes, FmgError, isFmgError, type ErrorCode } from "./errors.ts";
export { Secret, type NamedSecret } from "./secret.ts";
export { parseDotenv, type Dotenv } from "./parse-dotenv.ts";
export {
  isFinal,
  isLegalMove,
  reasons,
  statuses,
  transitions,
  type EntityKind,
  type Outcome,
  type Reason,
  type Status,
} from "./status.ts";
export {
  judgeContinuation,
  type ContinuablePipeline,
  type ContinuationVerdict,
  type ContinuationWish,
} from "./workflow/continuation.ts";
export { formatPlace, type SourcePosition, type SourceRange } from "./plan/source-range.ts";
export type { Diagnostic } from "./plan/diagnostic.ts";
export type { CacheKeyPart, CacheKeyTemplate } from "./plan/cache-key.ts";
export type {
  AddSshKeysStepPlan,
  AttachWorkspaceStepPlan,
  CheckoutStepPlan,
  EnvironmentPlan,
  PersistToWorkspaceStepPlan,
  RestoreCacheStepPlan,
  OwnStepPlan,
  RunStepPlan,
  SaveCacheStepPlan,
  SetupRemoteDockerStepPlan,
  StepCondition,
  StepPlan,
  StoreArtifactsStepPlan,
  StoreTestResultsStepPlan,
  UnsupportedStepPlan,
} from "./plan/step-plan.ts";
export type { ExecutorPlan, ImageAuthPlan, ImagePlan } from "./plan/executor-plan.ts";
export type {
  BuildJobPlan,
  ControlJobPlan,
  JobPlan,
  LeftOut,
  PipelinePlan,
  RequiredStatus,
  Requirement,
  WorkflowPlan,
} from "./plan/pipeline-plan.ts";
export type { ParameterValue, RepositoryRef, TriggerEvent, Trust } from "./trigger/trigger-event.ts";
export { pipelineValues, type PipelineFacts, type PipelineValues } from "./trigger/pipeline-values.ts";
export { circleciStatus, dueJobMoves, startOf, type JobMove, type JobState } from "./workflow/ready-jobs.ts";
export { reachOfCancel, workflowLifeMs, type Cancellation } from "./workflow/cancellation.ts";
export {
  needsSerialTurn,
  serialGroupOf,
  serialTurn,
  serialWaitMs,
  type SerialClaim,
  type SerialTurn,
} from "./workflow/serial-group.ts";
export { isFailing, rollUp, workflowStatus } from "./workflow/roll-up.ts";
export { upstreamJobs, visibleLayers, workspaceDays, type LayerProducer } from "./workflow/workspace.ts";
export { causesOf, type Cause, type TellingStep, type WhyFacts, type WhyJob } from "./workflow/why.ts";
export { diffPlans, variableNames, type PlanChange } from "./workflow/diff-plans.ts";
export { heldJobMove, type Approval, type HeldJob } from "./workflow/approval.ts";
export {
  currentWorkflows,
  maxReruns,
  pinImages,
  planRerun,
  rerunDays,
  runsAgain,
  type JobDigests,
  type Rerun,
  type RerunJob,
  type RerunPlan,
  type RerunWish,
} from "./workflow/rerun.ts";
export {
  fits,
  pickNext,
  without,
  type Demand,
  type Load,
  type Queue,
  type WaitingAttempt,
} from "./workflow/pick-next.ts";
export { forecast, type Ending, type Expected, type QueuePlace } from "./workflow/forecast.ts";
export type { JobEvent, JobOutcome, ReportEvent, StepHeader, StepProgress } from "./job/job-event.ts";
export { nearestCache } from "./job/nearest-cache.ts";
export { isMadeOnceMore, newestOfNodes } from "./job/lost-attempt.ts";
export { builtInVariables, type JobFacts } from "./job/built-in-variables.ts";
export {
  commitState,
  jobContext,
  pipelineContext,
  statusDescription,
  workflowContext,
  type CommitState,
  type CommitStatus,
  type StatusContexts,
  type StatusFacts,
} from "./report/commit-status.ts";
export type { CheckUpMode, Finding } from "./report/finding.ts";
export { stateChange, type StateChange } from "./report/state-change.ts";
