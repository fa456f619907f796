import { afterEach, expect, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import {
  acceptContinuation,
  claimAttempt,
  finishAttempt,
  getContinuation,
  getPipeline,
  loadWorkflow,
  openContinuation,
  requestCancel,
} from "@fmg/db";
import { advanceWorkflow } from "../advance/advance-workflow.ts";
import { reconcile } from "../sweep/reconcile.ts";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { fakeEngine } from "@fmg/runner/testing";
import { compilePipeline } from "./compile-pipeline.ts";

let kit: TestServices;
afterEach(() => kit.close());

/** A pipeline whose setup job continued it, and then ended well. */
function aContinuedPipeline() {
  kit = testServices({ engine: fakeEngine() });
  const { services } = kit;
  const { db } = services;
  const { pipelineId, workflowIds } = aStoredPipeline(services, {
    ...aWorkflow(aJob("setup")),
    setup: true,
  });
  openContinuation(db, pipelineId, { triggerArguments: {}, overriding: [] });
  const workflowId = workflowIds[0]!;
  advanceWorkflow(services, workflowId);
  const attemptId = loadWorkflow(db, workflowId).jobs[0]!.attempts[0]!.id;
  claimAttempt(db, attemptId, "owner", services.now(), 1000);
  const asked = { pipelineId, attemptId, epoch: 1, configuration: "version: 2.1", parameters: {} };
  expect(acceptContinuation(db, asked, services.now())).toEqual({ kind: "accepted" });
  finishAttempt(db, { attemptId, epoch: 1 }, { status: "success", at: services.now() });
  advanceWorkflow(services, workflowId);
  return { pipelineId, workflowId };
}

test("a pipeline that was continued has not ended with its setup workflow, and reconcile asks for its second compile (R-DYN-9)", async () => {
  const { pipelineId, workflowId } = aContinuedPipeline();
  const { services, nudges } = kit;
  nudges.length = 0;

  await reconcile(services);

  expect(loadWorkflow(services.db, workflowId).workflow.status).toBe("success");
  expect(getPipeline(services.db, pipelineId)!.status).toBe("running");
  expect(nudges).toContainEqual({ queue: "pipelines", pipelineId });
});

test("a pipeline that is canceled after it was continued goes on with nothing, and ends as canceled", async () => {
  const { pipelineId, workflowId } = aContinuedPipeline();
  const { db, now } = kit.services;
  requestCancel(db, { pipelineId }, { reason: "by_user", message: "Canceled by ada.", at: now() });

  await compilePipeline(kit.services, pipelineId, AbortSignal.timeout(1000));

  expect(getContinuation(db, pipelineId)!.compiledAt).not.toBeNull();
  expect(getPipeline(db, pipelineId)).toMatchObject({ status: "canceled", message: "Canceled by ada." });
  expect(loadWorkflow(db, workflowId).workflow.status).toBe("success");
});
