import type { BuildJobPlan, ImagePlan, RunStepPlan, SourceRange, StepPlan } from "@fmg/core";

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

function anImage(image: string): ImagePlan {
  return { image, environment: [], range: somewhere };
}

export interface PlanOptions extends Partial<BuildJobPlan> {
  readonly services?: readonly Partial<ImagePlan>[];
}

/** A build job on one image, and on the same image for its services where they tell no other. */
export function aJobPlan(image: string, steps: readonly StepPlan[], over: PlanOptions = {}): BuildJobPlan {
  const { services = [], ...rest } = over;
  const images = services.map((service): ImagePlan => ({ ...anImage(image), ...service }));
  return {
    kind: "build",
    name: "build",
    definition: "build",
    requires: [],
    contexts: [],
    range: somewhere,
    executor: { kind: "docker", images: [anImage(image), ...images], range: somewhere },
    workingDirectory: "~/project",
    environment: [],
    parallelism: 1,
    steps,
    ...rest,
  };
}
