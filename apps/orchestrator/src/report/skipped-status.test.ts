import { expect, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { dueStatuses, listJobs, moveJob } from "@fmg/db";
import { aStoredPipeline, testServices } from "../testing/test-services.ts";
import { recordWorkflowStatuses } from "./record-statuses.ts";

const leftOut = {
  reason: "filtered_out",
  message: "branch does not match",
  rule: "R-FLT-4",
  range: aJob("x").range,
} as const;

test.each([
  ["success", { "fmg: workflow/deploy": "success" }],
  ["none", {}],
])(
  "with FMG_SKIPPED_STATUS=%s a job that a filter leaves out says so on the commit, and one behind a failure says nothing",
  async (setting, said) => {
    const kit = testServices({ env: { FMG_SKIPPED_STATUS: setting } });
    const { db, now } = kit.services;
    const plan = aWorkflow(aJob("deploy", { leftOut }), aJob("behind", { needs: ["test"] }), aJob("test"));
    const { pipelineId, workflowIds } = aStoredPipeline(kit.services, plan);
    const behind = listJobs(db, { pipelineId }).find(({ job }) => job.name === "behind")!.job;
    moveJob(db, behind.id, "blocked", { status: "skipped", reason: "upstream_failed", at: now() });

    recordWorkflowStatuses(kit.services, workflowIds[0]!);
    const jobs = dueStatuses(db, now(), 100).filter(({ context }) => context.includes("/"));
    expect(Object.fromEntries(jobs.map(({ context, state }) => [context, state]))).toEqual(said);
    await kit.close();
  },
);
