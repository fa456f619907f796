import type { BuildJobPlan, RequiredStatus, Requirement, WorkflowPlan } from "../plan/pipeline-plan.ts";
import type { SourceRange } from "../plan/source-range.ts";
import type { RunStepPlan } from "../plan/step-plan.ts";

const nowhere: SourceRange = {
  file: ".circleci/config.yml",
  start: { line: 1, column: 1 },
  end: { line: 1, column: 2 },
};

/** A requirement of the given job, by default on its success. */
export function aRequirement(job: string, ...statuses: RequiredStatus[]): Requirement {
  return { job, statuses: statuses.length === 0 ? ["success"] : statuses, range: nowhere };
}

/** A `run` step with CircleCI's defaults. */
export function aRunStep(command: string, overrides: Partial<RunStepPlan> = {}): RunStepPlan {
  return {
    kind: "run",
    name: command,
    when: "on_success",
    command,
    environment: [],
    background: false,
    noOutputTimeoutMs: 600_000,
    maxAutoReruns: 0,
    autoRerunDelayMs: 0,
    range: nowhere,
    ...overrides,
  };
}

/** A build job on a small image; plain names in `needs` ask for success. */
export function aJob(
  name: string,
  overrides: Partial<BuildJobPlan> & { needs?: string[] } = {},
): BuildJobPlan {
  const { needs, ...fields } = overrides;
  return {
    kind: "build",
    name,
    definition: name,
    requires: (needs ?? []).map((job) => aRequirement(job)),
    contexts: [],
    executor: {
      kind: "docker",
      images: [{ image: "fmg-test/busybox:local", environment: [], range: nowhere }],
      range: nowhere,
    },
    workingDirectory: "~/project",
    environment: [],
    parallelism: 1,
    steps: [aRunStep("true")],
    range: nowhere,
    ...fields,
  };
}

/** A workflow of the given jobs. */
export function aWorkflow(...jobs: WorkflowPlan["jobs"]): WorkflowPlan {
  return { name: "workflow", jobs, maxAutoReruns: 0, range: nowhere };
}
