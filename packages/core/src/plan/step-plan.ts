import type { CacheKeyTemplate } from "./cache-key.ts";
import type { SourceRange } from "./source-range.ts";

/** Literal variables in order; an array, since `__proto__` is a legal name. (R-ENV-4, R-ENV-8) */
export type EnvironmentPlan = readonly { readonly name: string; readonly value: string }[];

/** When a step runs, given whether the job is still ok. (R-STAT-2) */
export type StepCondition = "on_success" | "on_fail" | "always";

interface StepBase {
  /** The display name. */
  readonly name: string;
  readonly when: StepCondition;
  readonly range: SourceRange;
}

/** A shell command. (R-RUN-*) */
export interface RunStepPlan extends StepBase {
  readonly kind: "run";
  readonly command: string;
  /** Shell argv as words; undefined: the job's, else the default shell. (R-SH-1) */
  readonly shell?: readonly string[];
  readonly environment: EnvironmentPlan;
  /** As written; relative to the job's working directory. (R-WD-3) */
  readonly workingDirectory?: string;
  readonly background: boolean;
  /** Milliseconds without a byte of output before the step is killed. (R-RUN-2) */
  readonly noOutputTimeoutMs: number;
  /** Runs of the step beyond the first while it fails; 0 to 5. (R-RUN-7) */
  readonly maxAutoReruns: number;
  readonly autoRerunDelayMs: number;
}

export interface CheckoutStepPlan extends StepBase {
  readonly kind: "checkout";
  /** Relative to the working directory. */
  readonly path: string;
  readonly method: "blobless" | "full" | "shallow";
  readonly depth?: number;
}

export interface SaveCacheStepPlan extends StepBase {
  readonly kind: "save-cache";
  readonly key: CacheKeyTemplate;
  readonly paths: readonly string[];
}

export interface RestoreCacheStepPlan extends StepBase {
  readonly kind: "restore-cache";
  readonly keys: readonly CacheKeyTemplate[];
}

export interface StoreArtifactsStepPlan extends StepBase {
  readonly kind: "store-artifacts";
  readonly path: string;
  readonly destination?: string;
}

export interface StoreTestResultsStepPlan extends StepBase {
  readonly kind: "store-test-results";
  readonly path: string;
}

export interface PersistToWorkspaceStepPlan extends StepBase {
  readonly kind: "persist-to-workspace";
  readonly root: string;
  readonly paths: readonly string[];
}

export interface AttachWorkspaceStepPlan extends StepBase {
  readonly kind: "attach-workspace";
  readonly at: string;
}

export interface SetupRemoteDockerStepPlan extends StepBase {
  readonly kind: "setup-remote-docker";
  readonly version?: string;
  readonly dockerLayerCaching: boolean;
}

export interface AddSshKeysStepPlan extends StepBase {
  readonly kind: "add-ssh-keys";
  readonly fingerprints: readonly string[];
}

/** What compiles, but no Docker host can do (signing bundles); the warning stands at compile time. */
export interface UnsupportedStepPlan extends StepBase {
  readonly kind: "unsupported";
  readonly type: string;
}

export type StepPlan =
  | RunStepPlan
  | CheckoutStepPlan
  | SaveCacheStepPlan
  | RestoreCacheStepPlan
  | StoreArtifactsStepPlan
  | StoreTestResultsStepPlan
  | PersistToWorkspaceStepPlan
  | AttachWorkspaceStepPlan
  | SetupRemoteDockerStepPlan
  | AddSshKeysStepPlan
  | UnsupportedStepPlan;

/** A step that the runner itself carries out, between two rows of `run` steps. */
export type OwnStepPlan = Exclude<StepPlan, RunStepPlan>;
