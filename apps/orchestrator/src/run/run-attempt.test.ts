import { afterEach, expect, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { getAttempt, loadWorkflow } from "@fmg/db";
import { fakeEngine } from "@fmg/runner/testing";
import { advanceWorkflow } from "../advance/advance-workflow.ts";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { createLeases } from "./leases.ts";
import { runAttempt } from "./run-attempt.ts";
import { createScribe } from "./scribe.ts";

let kit: TestServices;
afterEach(() => kit.close());

test("below the disk's watermark an attempt waits and says so, and starts when space is back", async () => {
  let low: string | undefined = "12 MB are free at /data";
  kit = testServices({ engine: fakeEngine(), disk: { low: async () => low } });
  const { services } = kit;
  const [workflowId = 0] = aStoredPipeline(services, aWorkflow(aJob("a"))).workflowIds;
  advanceWorkflow(services, workflowId);
  const attemptId = loadWorkflow(services.db, workflowId).jobs[0]!.attempts[0]!.id;
  const leases = createLeases(services);
  const scribe = createScribe(services);

  await runAttempt({ services, leases, scribe }, attemptId);
  expect(getAttempt(services.db, attemptId)).toMatchObject({
    status: "queued",
    reason: "disk_low",
    message: "Waits for disk space: 12 MB are free at /data.",
  });

  low = undefined;
  await runAttempt({ services, leases, scribe }, attemptId);
  // The fake engine has no image.
  expect(getAttempt(services.db, attemptId)).toMatchObject({ status: "error", reason: "image_pull_failed" });
  leases.close();
  scribe.close();
});
