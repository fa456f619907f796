export { runJob } from "./run-job.ts";
export type {
  ContainerPolicy,
  JobControl,
  JobDocker,
  JobLimits,
  RunJobInput,
  SourceProvider,
} from "./job-input.ts";
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
export { maskedStepHeaders } from "./step-headers.ts";
export { withMachineImage, type HostOffers, type RemoteDocker } from "./host-offers.ts";
export { unsupportedFeatures } from "./unsupported-features.ts";
export { cutLimits, megabytes } from "./limits.ts";
export { listOwn, removeAttempt, removeOwn, type OwnResource } from "./own-resources.ts";
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
