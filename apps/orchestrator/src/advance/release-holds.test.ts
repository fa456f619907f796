import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { approveJob, getPipeline, listJobs, moveAttempt, moveJob, storeRerun, listAttempts } from "@fmg/db";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { advanceWorkflow } from "./advance-workflow.ts";

const DAY_MS = 86_400_000;

let kit: TestServices;
let pipelineId: number;
let id: number;
beforeEach(() => {
  kit = testServices({ env: { FMG_APPROVAL_EXPIRES_AFTER: "7d" } });
  const { executor: _e, steps: _s, ...base } = aJob("hold");
  const stored = aStoredPipeline(
    kit.services,
    aWorkflow({ ...base, kind: "approval" }, aJob("deploy", { needs: ["hold"] })),
  );
  ({ pipelineId } = stored);
  id = stored.workflowIds[0]!;
  advanceWorkflow(kit.services, id);
});
afterEach(() => kit.close());

const jobsOf = (workflowId = id) => listJobs(kit.services.db, { workflowId });
const statuses = (workflowId = id) => jobsOf(workflowId).map(({ job }) => job.status);
const approval = { at: 1, by: "ada", sha: "a".repeat(40), note: null };

test("a hold waits until it is approved, and then what requires it starts once (R-APR-3, R-APR-4)", () => {
  expect(statuses()).toEqual(["on_hold", "blocked"]);
  expect(jobsOf()[0]!.workflow.status).toBe("on_hold");
  expect(jobsOf()[0]!.job.heldAt).toBe(kit.services.now());
  kit.advanceTime(7 * DAY_MS - 1);
  advanceWorkflow(kit.services, id);
  expect(approveJob(kit.services.db, jobsOf()[0]!.job.id, approval)).toBe(true);
  expect(approveJob(kit.services.db, jobsOf()[0]!.job.id, approval)).toBe(false);
  advanceWorkflow(kit.services, id);
  advanceWorkflow(kit.services, id);
  expect(statuses()).toEqual(["success", "queued"]);
  expect(jobsOf()[0]!.job.message).toBe('approved by "ada"');
  expect(listAttempts(kit.services.db, jobsOf()[1]!.job.id)).toHaveLength(1);
});

test("a hold that nobody approved in time is canceled, and what requires it does not run (R-APR-3)", () => {
  kit.advanceTime(7 * DAY_MS);
  advanceWorkflow(kit.services, id);
  expect(statuses()).toEqual(["canceled", "skipped"]);
  expect(jobsOf()[0]!.job).toMatchObject({ reason: "expired" });
  expect(getPipeline(kit.services.db, pipelineId)?.status).toBe("canceled");
});

test("a workflow that has not ended after 90 days is canceled, whatever it waits for (R-WST-3)", async () => {
  await kit.close();
  kit = testServices({ env: { FMG_APPROVAL_EXPIRES_AFTER: "0" } });
  const { executor: _e, steps: _s, ...base } = aJob("hold");
  const [workflowId] = aStoredPipeline(kit.services, aWorkflow({ ...base, kind: "approval" })).workflowIds;
  advanceWorkflow(kit.services, workflowId!);
  kit.advanceTime(90 * DAY_MS - 1);
  advanceWorkflow(kit.services, workflowId!);
  expect(statuses(workflowId)).toEqual(["on_hold"]);
  kit.advanceTime(1);
  advanceWorkflow(kit.services, workflowId!);
  expect(jobsOf(workflowId)[0]).toMatchObject({
    job: { status: "canceled", reason: "waited_too_long", message: "it did not end within 90 days" },
    workflow: { status: "canceled" },
  });
});

test("a rerun from failed goes on behind a hold that was approved, and its end is the pipeline's (R-RR-1)", () => {
  const { db, now } = kit.services;
  approveJob(db, jobsOf()[0]!.job.id, approval);
  advanceWorkflow(kit.services, id);
  const endDeploy = (workflowId: number, status: "failure" | "success") => {
    const { job } = jobsOf(workflowId)[1]!;
    const [attempt] = listAttempts(db, job.id);
    moveAttempt(db, { attemptId: attempt!.id }, "queued", { status: "running", at: now() });
    moveAttempt(db, { attemptId: attempt!.id }, "running", { status, at: now() });
    moveJob(db, job.id, "queued", { status: "running", at: now() });
    advanceWorkflow(kit.services, workflowId);
  };
  endDeploy(id, "failure");
  expect(getPipeline(db, pipelineId)?.status).toBe("failure");
  const by = { by: "ada", statusTargetBase: "http://fmg.test", now: now() };
  const rerun = storeRerun(db, id, { from: "failed" }, by);
  if (rerun.kind === "refused") throw new Error(rerun.message);
  advanceWorkflow(kit.services, rerun.workflowId);
  expect(statuses(rerun.workflowId)).toEqual(["success", "queued"]);
  expect(jobsOf(rerun.workflowId)[0]!.job.approval).toEqual(approval);
  endDeploy(rerun.workflowId, "success");
  expect(getPipeline(db, pipelineId)?.status).toBe("success");
});
