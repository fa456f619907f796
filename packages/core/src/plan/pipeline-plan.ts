import type { ExecutorPlan } from "./executor-plan.ts";
import type { SourceRange } from "./source-range.ts";
import type { EnvironmentPlan, StepPlan } from "./step-plan.ts";

/** WHAT to run: everything is resolved, nothing is left to look up in YAML. The compiler's output, the runner's input. */
export interface PipelinePlan {
  readonly workflows: readonly WorkflowPlan[];
  /** `setup: true`: this config continues the pipeline with another one. (R-DYN-*) */
  readonly setup: boolean;
}

/** Why a workflow or job does not run in this pipeline; the rule, and the place in the config that says so. */
export interface LeftOut {
  readonly reason: "filtered_out" | "condition_false";
  /** For people: `branch "dev" does not match filters.branches.only ["main"]`. */
  readonly message: string;
  readonly rule: string;
  readonly range: SourceRange;
}

export interface WorkflowPlan {
  readonly name: string;
  readonly jobs: readonly JobPlan[];
  readonly range: SourceRange;
  /** 0 to 5. (R-ARR-1) */
  readonly maxAutoReruns: number;
  /** Cron lines (UTC) of its `triggers` whose filters let the pipeline's branch pass. (R-SCH-3) */
  readonly schedules?: readonly string[];
  /** The exact versions that its config's orbs came to, by their references: `circleci/node@7` → `circleci/node@7.2.1`. (R-ORB-12) */
  readonly orbs?: Readonly<Record<string, string>>;
  /** Set for a workflow of a setup config: its jobs may continue the pipeline. (R-DYN-2) */
  readonly setup?: true;
  /** Set when the workflow's own condition is false; it then has no jobs. */
  readonly leftOut?: LeftOut;
}

/** A status that a `requires` entry may ask for, in CircleCI's words. (R-REQ-2) */
export type RequiredStatus = "success" | "failed" | "canceled" | "unauthorized" | "not_run";

export interface Requirement {
  /** The final name of a job in the same workflow. */
  readonly job: string;
  readonly statuses: readonly RequiredStatus[];
  readonly range: SourceRange;
}

interface JobBase {
  /** Final: after `name`, matrix and suffixes; unique in its workflow. */
  readonly name: string;
  /** The key of the job's definition: many invocations may share it. */
  readonly definition: string;
  /** Required jobs that are not left out. Those removed by a filter are gone from here. (R-REQ-5) */
  readonly requires: readonly Requirement[];
  readonly contexts: readonly string[];
  readonly serialGroup?: string;
  /** The invocation in `workflows`. */
  readonly range: SourceRange;
  readonly leftOut?: LeftOut;
}

/** A job that runs steps on an executor. */
export interface BuildJobPlan extends JobBase {
  readonly kind: "build";
  readonly executor: ExecutorPlan;
  /** Undefined: the operator's default. */
  readonly resourceClass?: string;
  /** As configured, `~` unexpanded. (R-WD-1, R-WD-4) */
  readonly workingDirectory: string;
  /** Shell argv as words; undefined: the default shell. (R-SH-2) */
  readonly shell?: readonly string[];
  /** The executor's merged below the job's. (R-ENV-1) */
  readonly environment: EnvironmentPlan;
  /** 1 or more. (R-PAR-1) */
  readonly parallelism: number;
  readonly steps: readonly StepPlan[];
  readonly cacheRetentionDays?: number;
}

/** A job without steps: a hold, a no-op, a lock. */
export interface ControlJobPlan extends JobBase {
  readonly kind: "approval" | "no-op" | "release" | "lock" | "unlock";
  /** The key that a lock or unlock holds. */
  readonly lockKey?: string;
}

export type JobPlan = BuildJobPlan | ControlJobPlan;
