import type { BuildJobPlan, RunStepPlan, SourceRange, StepPlan } from "@fmg/core";

export const somewhere: SourceRange = {
  file: ".circleci/config.yml",
  start: { line: 1, column: 1 },
  end: { line: 1, column: 2 },
};

/** A `run` step; only what a test is about needs telling. */
export function aRun(command: string, over: Partial<RunStepPlan> = {}): RunStepPlan {
  return {
    kind: "run",
    name: command.split("\n", 1).join(""),
    command,
    when: "on_success",
    range: somewhere,
    environment: [],
    background: false,
    noOutputTimeoutMs: 600_000,
    maxAutoReruns: 0,
    autoRerunDelayMs: 0,
    ...over,
  };
}

/** A build job on one image. */
export function aJobPlan(
  image: string,
  steps: readonly StepPlan[],
  over: Partial<BuildJobPlan> = {},
): BuildJobPlan {
  return {
    kind: "build",
    name: "build",
    definition: "build",
    requires: [],
    contexts: [],
    range: somewhere,
    executor: { kind: "docker", images: [{ image, environment: [], range: somewhere }], range: somewhere },
    workingDirectory: "~/project",
    environment: [],
    parallelism: 1,
    steps,
    ...over,
  };
}
