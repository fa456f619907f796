import type { JobPlan, PipelinePlan, WorkflowPlan } from "@fmg/core";
import type { Explanation } from "@fmg/parser";

import { plain } from "../ui.ts";
import { jobWords, leftOutWords, requirementWords } from "./plan-words.ts";
import { treeLines, type Branch } from "./tree-lines.ts";

/** How much of a plan is shown. */
export interface TreeOptions {
  /** The steps of each job that runs, too. */
  readonly steps: boolean;
  /** What `explain` told of the same config: with it, steps that a condition leaves out are shown as well. */
  readonly explanations?: readonly Explanation[];
  /** Why the caller leaves out a job that the config would run: `--job` names another one. */
  readonly notRun?: (workflow: string, job: string) => string | undefined;
}

/**
 * A plan as a tree: workflows, their jobs in the order of the config and what these wait for, and with a ⊘ what does not run
 * and why, with its place in the config and the rule.
 */
export function planTree(plan: PipelinePlan, options: TreeOptions): string[] {
  return treeLines(plan.workflows.map((workflow) => workflowBranch(workflow, options)));
}

function workflowBranch(workflow: WorkflowPlan, options: TreeOptions): Branch {
  const name = plain(workflow.name);
  if (workflow.leftOut !== undefined) return { text: `⊘ ${name}  ${leftOutWords(workflow.leftOut)}` };
  return { text: name, below: workflow.jobs.map((job) => jobBranch(workflow.name, job, options)) };
}

function jobBranch(workflow: string, job: JobPlan, options: TreeOptions): Branch {
  const name = plain(job.name);
  const own = options.notRun?.(workflow, job.name);
  if (job.leftOut !== undefined) return { text: `⊘ ${name}  ${leftOutWords(job.leftOut)}` };
  if (own !== undefined) return { text: `⊘ ${name}  ${plain(own)}` };
  const after = job.requires.map(requirementWords).join(", ");
  const text = `${name}  ${jobWords(job)}${after === "" ? "" : `  ← ${after}`}`;
  return options.steps ? { text, below: stepBranches(workflow, job, options.explanations) } : { text };
}

function stepBranches(
  workflow: string,
  job: JobPlan,
  explanations: readonly Explanation[] | undefined,
): Branch[] {
  const steps = job.kind === "build" ? job.steps : [];
  const told = explanations?.find((each) => each.workflow === workflow && each.job === job.name);
  return [
    ...steps.map(({ name }) => ({ text: plain(name) })),
    ...(told?.leftOutSteps ?? []).map((condition) => ({ text: `⊘ steps: ${leftOutWords(condition)}` })),
  ];
}
