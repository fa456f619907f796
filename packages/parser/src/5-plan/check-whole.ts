import type { ConfigShape } from "../2-shape/config-shape.ts";
import { report } from "../diagnostic.ts";
import type { Env } from "../4-expand/env.ts";
import { checkSchedules } from "./check-cron.ts";
import type { ExpandedWorkflow } from "./plan-workflow.ts";

// CircleCI's. (Section 11)
const mostContexts = 100;

/** What can be said only of the config as a whole: contexts, serial groups, schedules, orbs that nothing uses. */
export function checkWhole(env: Env, config: ConfigShape, workflows: readonly ExpandedWorkflow[]): void {
  for (const workflow of config.workflows) checkSchedules(env, workflow);
  for (const workflow of workflows) checkSerialGroups(workflow);
  checkContexts(env, workflows);
  reportUnusedOrbs(env, config);
}

function checkSerialGroups(workflow: ExpandedWorkflow): void {
  const holders = new Map<string, string>();
  for (const job of workflow.jobs) {
    if (job.serialGroup === undefined) continue;
    const first = holders.get(job.serialGroup);
    if (first === undefined) holders.set(job.serialGroup, job.name);
    else {
      const message = `the jobs "${first}" and "${job.name}" of one workflow are in the serial group "${job.serialGroup}"`;
      report(job.env, "serial-group-twice", job.place, message);
    }
  }
}

function checkContexts(env: Env, workflows: readonly ExpandedWorkflow[]): void {
  const contexts = new Set<string>();
  for (const job of workflows.flatMap((workflow) => workflow.jobs)) {
    for (const name of job.contexts) contexts.add(name);
    if (contexts.size <= mostContexts) continue;
    report(
      env,
      "too-many-contexts",
      job.place,
      `a config may use ${mostContexts} contexts, this one uses more`,
    );
    return;
  }
}

// A workflow that does not run today may use an orb: so the text is searched, not what was expanded.
function reportUnusedOrbs(env: Env, config: ConfigShape): void {
  const { text } = config.root.file;
  for (const [alias, orb] of config.orbs) {
    if (text.includes(`${alias}/`)) continue;
    report(env, "unused-orb", orb.place, `the orb \`${alias}\` is not used`);
  }
}
