export { openDb, pingDb, waitForDb, type Db } from "./open-db.ts";
export { inTransaction } from "./transaction.ts";
export type {
  AttemptRow,
  JobRow,
  OutboxRow,
  PipelineRow,
  ProjectRow,
  RunnerRow,
  StateColumns,
  StepRow,
  TokenRow,
  WorkflowRow,
} from "./rows.ts";
export type { RestrictionKind, TokenScope } from "./schema.ts";
export {
  acceptDelivery,
  createAcceptor,
  keepInvalidDelivery,
  recordIgnoredDelivery,
  type Accepted,
  type AcceptInput,
  type Acceptor,
  type Delivery,
} from "./deliveries.ts";
export {
  getPipeline,
  listPipelines,
  setTrust,
  type PipelineFilters,
  type PipelineListOptions,
  type PipelinePage,
} from "./pipelines.ts";
export { branchState } from "./branch-state.ts";
export { createPipeline, repositoryNamed, setCommit, type NewPipeline } from "./new-pipeline.ts";
export {
  allSchedules,
  createSchedule,
  deleteSchedule,
  getSchedule,
  isSlotTaken,
  listSchedules,
  repositoryOf,
  setConfigSchedules,
  startSlot,
  type NewSchedule,
  type ScheduleRow,
} from "./schedules.ts";
export { dueSlot, nextSlots, timetableFault, type Timetable } from "./schedule-times.ts";
export { rejectPipeline, storePlan } from "./plans.ts";
export {
  acceptContinuation,
  getContinuation,
  isContinuationDue,
  openContinuation,
  storeContinuation,
  type ContinuationResult,
  type ContinuationRow,
} from "./continuations.ts";
export {
  findJob,
  getWorkflow,
  jobWithWorkflow,
  listCurrentJobs,
  listJobs,
  listWorkflows,
  loadWorkflow,
  previousJobNumber,
  type JobWithWorkflow,
  type LoadedWorkflow,
} from "./workflows.ts";
export {
  moveAttempt,
  moveJob,
  movePipeline,
  moveStep,
  moveWorkflow,
  tellJobWaiting,
  tellWaiting,
  type AttemptRef,
  type From,
  type Move,
  type StepRef,
} from "./job-states.ts";
export {
  cancelRequested,
  commitCheckpoints,
  createAttempts,
  createNextAttempt,
  finishAttempt,
  getAttempt,
  listAttempts,
  listSteps,
  setImageDigest,
  setSteps,
  stepProgress,
  type Checkpoint,
} from "./attempts.ts";
export { approveJob } from "./approvals.ts";
export { requestFreshRerun, storeRerun, type RerunBy, type StoredRerun } from "./reruns.ts";
export {
  olderOpenPipelines,
  requestCancel,
  requestStop,
  type CancelRequested,
  type CancelTarget,
} from "./cancellations.ts";
export {
  askSerialGroup,
  otherSerialClaims,
  workflowsWaitingForSerialGroups,
  type SerialClaimRow,
} from "./serial-groups.ts";
export { listAudit, recordAudit, type Actor, type AuditRow } from "./audit.ts";
export {
  createContext,
  deleteContext,
  findContext,
  listContexts,
  listRestrictions,
  recordUse,
  restrictContext,
  unrestrictContext,
  type ChangedBy,
  type ContextRow,
  type RestrictionRow,
} from "./contexts.ts";
export {
  deleteVariable,
  listVariables,
  ownerName,
  setVariable,
  type VariableOwner,
  type VariableRow,
} from "./variables.ts";
export { KEY_SETTING, readKeyRing, type KeyRing, type KeySource } from "./sealing/key-ring.ts";
export { beginRotation, ensureKey, keyState, retireOlderKeys, type KeyState } from "./sealing/rotation.ts";
export { keepUntil, keptAttempts, prolongKeep, requestKeep } from "./kept.ts";
export {
  closeDebugSession,
  createDebugSession,
  getDebugSession,
  overdueDebugSessions,
  takeDebugSession,
  type DebugSession,
} from "./debug-sessions.ts";
export {
  evictCaches,
  findCache,
  hasCache,
  insertCache,
  newestCaches,
  removeCache,
  type CacheRow,
  type CacheView,
} from "./caches.ts";
export {
  forgetPulledImage,
  idlePulledImages,
  notePulledImage,
  noteUsedImage,
  pulledImageBytes,
  type PulledImage,
} from "./pulled-images.ts";
export {
  artifactBytes,
  expireJobFiles,
  getArtifact,
  isBlobInUse,
  listArtifacts,
  listLayers,
  storeArtifact,
  storeLayer,
  type ArtifactRow,
  type LayerRow,
} from "./job-files.ts";
export {
  addTestResults,
  countTests,
  listTests,
  storeTestResults,
  testHistory,
  testTimings,
  type ListedTest,
  type TestResultRow,
  type TestRunRow,
  type TestTimingRow,
} from "./test-results.ts";
export { addSamples, listSamples, usageBySteps, type Sample, type StepUsage } from "./samples.ts";
export { attemptContext, findProject, getProject, type AttemptContext } from "./attempt-context.ts";
export {
  adoptAttempt,
  claimAttempt,
  holdsLease,
  releaseLeases,
  renewLeases,
  runningAttempts,
  takeNamedLease,
  type Place,
  type RunningAttempt,
} from "./leases.ts";
export { countUnfinished, continuedPipelines, pendingPipelines, unfinishedWorkflows } from "./due.ts";
export {
  dueStatuses,
  enqueueStatus,
  lastStatuses,
  markRefused,
  markRetry,
  markSent,
  nextStatusAt,
  sayAgain,
  type LastStatus,
} from "./outbox.ts";
export {
  dueNotification,
  enqueueNotification,
  giveUpNotification,
  markNotified,
  newestOtherOutcome,
  nextNotificationAt,
  receiverName,
  retryNotification,
  type NotificationRow,
} from "./notifications.ts";
export { statusLag, type StatusLag } from "./outbox-lag.ts";
export { keepQuiet, quietUntil } from "./quiet.ts";
export { addRunner, removeRunner, heartbeat, isActiveRunner, listRunners } from "./runners.ts";
export { createToken, ensureAdminToken, findToken, listTokens, revokeToken } from "./tokens.ts";
export {
  putQueuePlaces,
  queuedAttempts,
  runningOnHost,
  usualDuration,
  type AttemptOnHost,
  type QueuedAttempt,
} from "./attempt-queue.ts";
export { getCache, listCaches, type ListedCache } from "./cache-list.ts";
export { listProjects, type ListedProject } from "./projects.ts";
