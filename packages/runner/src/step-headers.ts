import type { BuildJobPlan, StepHeader } from "@fmg/core";

/** The index and the name of the runner's own first step. */
export const setUpStep: StepHeader = {
  index: 0,
  name: "Spin up environment",
  kind: "set-up",
  background: false,
};

/** An attempt's list of steps as events name them: 0 is the set-up, the plan's steps count from 1. */
export function stepHeaders(plan: BuildJobPlan): readonly StepHeader[] {
  const steps = plan.steps.map((step, position) => ({
    index: position + 1,
    name: step.name,
    kind: step.kind,
    background: step.kind === "run" && step.background,
  }));
  return [setUpStep, ...steps];
}
