import type { BuildJobPlan, PipelinePlan, StepPlan } from "@fmg/core";
import { CliError } from "../errors.ts";
import { nearest } from "../nearest.ts";

/** What brings files and tools into a container: a step alone needs them as much as among others. */
const preparing: ReadonlySet<StepPlan["kind"]> = new Set([
  "checkout",
  "attach-workspace",
  "restore-cache",
  "setup-remote-docker",
  "add-ssh-keys",
]);

/**
 * The plan with one step of one job, after those that bring it its files. A step is called by its name or the unique beginning of it.
 * Throws CliError for a name that is none.
 */
export function withOnlyStep(plan: PipelinePlan, job: string, name: string): PipelinePlan {
  const jobs = plan.workflows.flatMap((workflow) => workflow.jobs);
  const found = jobs.find((each): each is BuildJobPlan => each.kind === "build" && each.name === job);
  // Whether there is such a job is told by who selects it.
  if (found === undefined) return plan;
  const wanted = stepNamed(found, name);
  const isKept = (step: StepPlan): boolean => step === wanted || preparing.has(step.kind);
  const only = { ...found, steps: found.steps.filter(isKept) };
  return {
    ...plan,
    workflows: plan.workflows.map((workflow) => ({
      ...workflow,
      jobs: workflow.jobs.map((each) => (each === found ? only : each)),
    })),
  };
}

function stepNamed({ name: job, steps }: BuildJobPlan, name: string): StepPlan {
  const exact = steps.filter((step) => step.name === name);
  const found = exact.length > 0 ? exact : steps.filter((step) => step.name.startsWith(name));
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  const names = steps.map((step) => step.name);
  if (first !== undefined) {
    throw new CliError("usage", `"${name}" means ${found.length} steps of ${job}`, [
      `They are:  ${found.map((step) => step.name).join(", ")}`,
    ]);
  }
  const guess = nearest(name, names);
  throw new CliError("not-found", `job "${job}" has no step "${name}"`, [
    ...(guess === undefined ? [] : [`Did you mean:  --only-step "${guess}"`]),
    `Its steps:  ${names.join(", ")}`,
  ]);
}
