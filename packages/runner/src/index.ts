export { runJob } from "./run-job.ts";
export type { ContainerPolicy, JobControl, JobLimits, RunJobInput, SourceProvider } from "./job-input.ts";
export type {
  ArtifactStore,
  CacheHit,
  CacheStore,
  JobStores,
  KeyPart,
  TestResult,
  TestStore,
  TestTiming,
  WorkspaceLayer,
  WorkspaceStore,
} from "./job-stores.ts";
export {
  continuationHost,
  type Continuation,
  type ContinuationAnswer,
  type ContinuationRequest,
} from "./continuation/continuation.ts";
export { maskedStepHeaders } from "./step-headers.ts";
export type { HostOffers, RemoteDocker } from "./host-offers.ts";
export { readMachineImages, readRemoteDocker } from "./read-host-offers.ts";
export {
  builtInClasses,
  chooseCores,
  classSize,
  cutTo,
  demandOf,
  hostRoom,
  inWords,
  type ResourceClasses,
} from "./resource-classes.ts";
export { readResourceClasses } from "./read-resource-classes.ts";
export { jobOnHost } from "./job-on-host.ts";
export { outcomeOfError } from "./outcome-of-error.ts";
export { isDeadOwner, ownerName } from "./owner-name.ts";
export { unsupportedFeatures } from "./unsupported-features.ts";
export { cutLimits, megabytes } from "./limits.ts";
export { listOwn, removeAttempt, removeOwn, type OwnResource } from "./own-resources.ts";
export { resourceName } from "./names.ts";
export { hostCapacity } from "./host-capacity.ts";
export { connectDocker, type DockerOptions } from "./engine/docker/connect-docker.ts";
export type {
  ContainerEngine,
  ContainerFacts,
  ContainerSpec,
  ExecCommand,
  ExecOutput,
  HostCapacity,
  ImageFacts,
  Labels,
  LabelledResource,
  RegistryCredentials,
} from "./engine/container-engine.ts";
export { openShell, type Shell, type ShellOptions } from "./shell.ts";
