import type { JobPlan, WorkflowPlan } from "@fmg/core";
import { asMap, asString, valueAt } from "../1-read/nodes.ts";
import { rangeOf } from "../1-read/source-file.ts";
import type { ConfigShape, WorkflowShape } from "../2-shape/config-shape.ts";
import { withFrame, type Env } from "../4-expand/env.ts";
import { expandInvocations, workflowLeftOut } from "./expand-workflow.ts";
import { applyFilters } from "./filters.ts";
import { leaveOutDependants, reportCycles } from "./graph.ts";
import { flattenGroups } from "./job-groups.ts";
import type { JobNode } from "./job-node.ts";
import { nameTable, settleNames } from "./names.ts";
import { planJob } from "./plan-job.ts";
import { resolveRequires } from "./requirements.ts";
import { optional } from "./step-fields.ts";

/** A workflow with its jobs as they will be printed and planned. */
export interface ExpandedWorkflow {
  readonly shape: WorkflowShape;
  readonly leftOut: WorkflowPlan["leftOut"];
  readonly schedules: readonly string[];
  readonly jobs: readonly JobNode[];
}

/** Condition → jobs → names → requires → groups → filters. The order is R-PHASE-1's. */
export function expandWorkflow(
  env: Env,
  config: ConfigShape,
  shape: WorkflowShape,
  scheduled: string | undefined,
): ExpandedWorkflow {
  const framed = withFrame(env, `Error calling workflow: '${shape.name}'`, shape.place);
  const leftOut = workflowLeftOut(framed, shape, scheduled);
  const schedules = schedulesOf(framed, shape);
  // What does not run is not checked any further. (R-PHASE-2)
  if (leftOut?.reason === "condition_false" && leftOut.rule === "R-WHEN-1")
    return { shape, leftOut, schedules, jobs: [] };
  const { jobs: nodes, empty } = expandInvocations(framed, config, shape.invocations, undefined);
  settleNames(framed, nodes);
  resolveRequires(framed, nodes, nameTable(nodes, empty), `workflow '${shape.name}'`);
  reportCycles(framed, nodes);
  for (const job of nodes)
    job.leftOut = applyFilters({ ...job.env, frame: job.env.frame }, job.filters, job.place);
  const jobs = flattenGroups(nodes);
  leaveOutDependants(jobs);
  return { shape, leftOut, schedules, jobs };
}

/** The cron lines that hold on the pipeline's branch; a tag has no schedules. (R-SCH-3) */
function schedulesOf(env: Env, { triggers, place }: WorkflowShape): string[] {
  if (triggers?.kind !== "list" || typeof env.session.pipeline.get("pipeline.git.branch") !== "string")
    return [];
  return triggers.items.flatMap((item) => {
    const schedule = asMap(valueAt(asMap(item), "schedule"));
    const cron = asString(valueAt(schedule, "cron"));
    const filters = valueAt(schedule, "filters");
    const passes = filters !== undefined && applyFilters(env, filters, place) === undefined;
    return cron === undefined || !passes ? [] : [cron.trim()];
  });
}

/** The plan of an expanded workflow. */
export function planWorkflow(workflow: ExpandedWorkflow, operatorClasses: ReadonlySet<string>): WorkflowPlan {
  const { shape, leftOut, schedules } = workflow;
  const jobs = workflow.jobs.flatMap((job): JobPlan[] => {
    const plan = planJob(job, operatorClasses);
    return plan === undefined ? [] : [plan];
  });
  return {
    name: shape.name,
    // Planning reports what is wrong with a job, so that the jobs of a scheduled workflow are checked too.
    jobs: leftOut === undefined ? jobs : [],
    range: rangeOf(shape.place),
    maxAutoReruns: shape.maxAutoReruns,
    ...optional("schedules", schedules.length === 0 ? undefined : schedules),
    ...optional("leftOut", leftOut),
  };
}
