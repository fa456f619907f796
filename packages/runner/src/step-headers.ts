import type { BuildJobPlan, Secret, StepHeader } from "@fmg/core";

import { maskedNeedles, maskWhole } from "./output/masker.ts";
import { servicePlans } from "./service-containers/service-plans.ts";

/** The kind of a service container's line. */
export const serviceKind = "service";

/** The index and the name of the runner's own first step. */
export const setUpStep: StepHeader = {
  index: 0,
  name: "Spin up environment",
  kind: "set-up",
  background: false,
};

/**
 * An attempt's list of steps as events name them: 0 is the set-up, the plan's steps count from 1, and after them come the service
 * containers, which are like background steps: they have a log, and what becomes of them decides nothing.
 */
export function stepHeaders(plan: BuildJobPlan): readonly StepHeader[] {
  const steps = plan.steps.map((step, position) => ({
    index: position + 1,
    name: step.name,
    kind: step.kind,
    background: step.kind === "run" && step.background,
  }));
  const services = servicePlans(plan).map(({ index, title }) => ({
    index,
    name: `Service ${title}`,
    kind: serviceKind,
    background: true,
  }));
  return [setUpStep, ...steps, ...services];
}

/** The same list as people see it: a name, which may be the first line of a command, can have a secret in it. (SEC-6) */
export function maskedStepHeaders(
  plan: BuildJobPlan,
  secrets: readonly { readonly value: Secret }[],
): readonly StepHeader[] {
  const needles = maskedNeedles(secrets.map(({ value }) => value));
  return stepHeaders(plan).map((header) => ({ ...header, name: maskWhole(header.name, needles) }));
}
