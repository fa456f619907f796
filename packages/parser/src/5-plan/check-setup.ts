import type { PipelinePlan } from "@fmg/core";
import type { ConfigShape } from "../2-shape/config-shape.ts";
import { report } from "../diagnostic.ts";
import type { Env } from "../4-expand/env.ts";

/** A setup config ends in one workflow, and has no schedules. (R-DYN-1, R-DYN-10) */
export function checkSetup(env: Env, config: ConfigShape, plan: PipelinePlan, continuation: boolean): void {
  if (!config.setup) return;
  const setup = config.root.entries.get("setup")!.key;
  if (continuation) {
    report(env, "setup-continuation", setup, "a continuation cannot have `setup: true`");
  }
  const running = plan.workflows.filter(
    (workflow) => workflow.leftOut === undefined && workflow.jobs.some((job) => job.leftOut === undefined),
  );
  if (running.length > 1) {
    const names = running.map((workflow) => workflow.name).join(", ");
    report(
      env,
      "setup-workflows",
      setup,
      `a setup config must come to one workflow, this one comes to ${running.length}: ${names}`,
    );
  }
  for (const workflow of config.workflows) {
    if (workflow.triggers === undefined) continue;
    report(
      env,
      "setup-schedule",
      workflow.place,
      "a workflow with `triggers` does not run in a setup config",
    );
  }
}
