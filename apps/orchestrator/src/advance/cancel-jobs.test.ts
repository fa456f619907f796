import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Cancellation } from "@fmg/core";
import { aJob, aRequirement, aWorkflow } from "@fmg/core/testing";
import {
  cancelRequested,
  claimAttempt,
  finishAttempt,
  getPipeline,
  getWorkflow,
  listJobs,
  loadWorkflow,
  requestCancel,
} from "@fmg/db";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { advanceWorkflow } from "./advance-workflow.ts";

let kit: TestServices;
beforeEach(() => {
  kit = testServices();
});
afterEach(() => kit.close());

const wish: Cancellation = { at: 1, reason: "by_user", message: 'canceled by "ada"' };

const statuses = (workflowId: number) =>
  Object.fromEntries(listJobs(kit.services.db, { workflowId }).map(({ job }) => [job.name, job.status]));

function jobOf(workflowId: number, name: string) {
  return loadWorkflow(kit.services.db, workflowId).jobs.find(({ job }) => job.name === name)!;
}

/** Starts the only attempt of a job; returns how to end it. */
function run(workflowId: number, name: string) {
  const { db, owner, now } = kit.services;
  const attemptId = jobOf(workflowId, name).attempts[0]!.id;
  const claim = claimAttempt(db, attemptId, owner, now(), 1000);
  if (typeof claim === "string") throw new Error(claim);
  const { epoch } = claim;
  return {
    attemptId,
    end(status: "success" | "canceled") {
      finishAttempt(db, { attemptId, epoch }, { status, at: now() });
      advanceWorkflow(kit.services, workflowId);
    },
  };
}

const deployNotices = aJob("notice", { requires: [aRequirement("deploy", "canceled")] });

test("canceling a workflow ends what waits at once and what runs with its attempt; nothing that waits for a cancel starts (R-WST-4)", () => {
  const hold = { ...aJob("hold"), kind: "approval" } as const;
  const plan = aWorkflow(
    aJob("deploy"),
    aJob("waits"),
    hold,
    aJob("last", { needs: ["hold"] }),
    deployNotices,
  );
  const { pipelineId, workflowIds } = aStoredPipeline(kit.services, plan);
  const [id] = workflowIds as [number];
  advanceWorkflow(kit.services, id);
  const deploy = run(id, "deploy");
  expect(requestCancel(kit.services.db, { workflowId: id }, wish)).toEqual({ pipelineId, workflowIds: [id] });
  advanceWorkflow(kit.services, id);
  expect(statuses(id)).toEqual({
    deploy: "queued",
    waits: "canceled",
    hold: "canceled",
    last: "canceled",
    notice: "canceled",
  });
  expect(jobOf(id, "waits").job).toMatchObject({ reason: "by_user", message: wish.message });
  expect(cancelRequested(kit.services.db, [deploy.attemptId])).toEqual([deploy.attemptId]);
  deploy.end("canceled");
  expect(statuses(id)["deploy"]).toBe("canceled");
  expect(getPipeline(kit.services.db, pipelineId)?.status).toBe("canceled");
});

test("canceling one job leaves the others, and starts those that require it to be canceled (R-WST-5)", () => {
  const plan = aWorkflow(aJob("deploy"), aJob("after", { needs: ["deploy"] }), aJob("other"), deployNotices);
  const [id] = aStoredPipeline(kit.services, plan).workflowIds as [number];
  advanceWorkflow(kit.services, id);
  requestCancel(kit.services.db, { jobId: jobOf(id, "deploy").job.id }, wish);
  advanceWorkflow(kit.services, id);
  expect(statuses(id)).toEqual({ deploy: "canceled", after: "skipped", other: "queued", notice: "queued" });
});

test("a cancel that comes too late changes no result, and a second one no reason (REL-23)", () => {
  const plan = aWorkflow(aJob("deploy"), aJob("other"));
  const { pipelineId, workflowIds } = aStoredPipeline(kit.services, plan);
  const [id] = workflowIds as [number];
  const { db } = kit.services;
  advanceWorkflow(kit.services, id);
  run(id, "deploy").end("success");
  expect(requestCancel(db, { jobId: jobOf(id, "deploy").job.id }, wish)).toBeUndefined();
  const other = run(id, "other");
  requestCancel(db, { pipelineId }, wish);
  requestCancel(db, { pipelineId }, { ...wish, message: "by another" });
  expect(getWorkflow(db, id)?.cancellation?.message).toBe(wish.message);
  advanceWorkflow(kit.services, id);
  other.end("success");
  expect(getPipeline(db, pipelineId)?.status).toBe("success");
  expect(requestCancel(db, { pipelineId }, wish)).toBeUndefined();
});
