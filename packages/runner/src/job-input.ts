import type { BuildJobPlan, EnvironmentPlan, Secret, StepProgress } from "@fmg/core";

import type { Continuation } from "./continuation/continuation.ts";
import type { JobDocker } from "./host-offers.ts";
import type { JobStores } from "./job-stores.ts";

/** Where `checkout` gets the tree of the pipeline's commit from: a mirror, or a local folder. */
export interface SourceProvider {
  /**
   * The working tree with a usable `.git`, as one tar whose entries are below `prefix` and belong to `uid` and `gid`.
   * Each call makes a new stream; it may be left before its end.
   */
  asTar(
    input: {
      readonly prefix: string;
      readonly uid: number;
      readonly gid: number;
      /** Commits of history; 0: all. Undefined: as the operator set it. */
      readonly depth: number | undefined;
      /** Told what the tar does not bring along: submodules, and files in Git LFS. */
      readonly onTree?: (left: LeftOut) => void;
    },
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
}

/** What the tar of a commit does not bring along, and lines about its submodules for the step's log. */
export interface LeftOut {
  readonly submodules: number;
  readonly lfsPointers: number;
  readonly notes?: readonly string[];
}

/** What one attempt may use. Already cut to the host by `cutLimits`. */
export interface JobLimits {
  readonly memoryBytes: number;
  readonly cpus: number;
  /** The cores that the job may use, as `0,2`; undefined: any. */
  readonly cpuset?: string;
  readonly pids: number;
  /** Raw bytes of one step's output that are kept; the rest is dropped with a notice, and the step goes on. */
  readonly maxLogBytesPerStep: number;
  /** From the start of the attempt; after it no further step runs. (R-LIFE-1) */
  readonly jobTimeoutMs: number;
}

/** How the operator wants containers to be made. */
export interface ContainerPolicy {
  /** `always` asks the registry each time, as a moved tag or a withdrawn permission may want it. */
  readonly pull: "if-not-present" | "always";
  /** The longest that step 1 waits for a service with a health check or a port to wait for. */
  readonly serviceWaitMs: number;
  /** `sh`: the image's own shell runs the steps, also where the static step program could. Undefined: `auto`. */
  readonly stepProgram?: "auto" | "sh";
}

/** Everything that `runJob` needs to carry out one attempt, or to go on with one that a predecessor began. */
export interface RunJobInput {
  /** The installation's own name in Docker: 8 random characters, `test-…` in tests. */
  readonly instance: string;
  readonly attemptId: number;
  readonly jobId: number;
  /** The lease's epoch; stands in a label for information, and is never authority. */
  readonly epoch: number;
  readonly plan: BuildJobPlan;
  /** `CI`, `CIRCLE_*`: above secrets of the same name, below the config's environment. (R-ENV-1) */
  readonly builtins: EnvironmentPlan;
  /** Project and context variables, weakest first. They go only into the environment of the exec, and are masked. */
  readonly secrets: readonly { readonly name: string; readonly value: Secret }[];
  /** Empty for a fresh attempt; for an adopted one what the checkpoint says of each step. */
  readonly progress: readonly StepProgress[];
  readonly source: SourceProvider;
  readonly stores: JobStores;
  readonly limits: JobLimits;
  readonly containerPolicy: ContainerPolicy;
  /** Lines for the log of the set-up step. */
  readonly notices: readonly string[];
  /** The second Docker that this job may use; undefined where there is none, and always for what is not trusted. */
  readonly remoteDocker?: JobDocker;
  /** Only for a job of a setup workflow: how it continues the pipeline. (R-DYN-2) */
  readonly continuation?: Continuation;
  /** False: `no-new-privileges`. (Trust decides the cage.) */
  readonly trusted: boolean;
}

/** How the owner stops a running `runJob`. */
export interface JobControl {
  /** Stop following; the container and its steps go on, for a successor to adopt. */
  readonly handOver: AbortSignal;
  /** End the running step (TERM, after 10 s KILL) and run no further one. (R-LIFE-2) */
  readonly cancel: AbortSignal;
}
