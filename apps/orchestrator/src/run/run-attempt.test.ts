import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { FmgError, type BuildJobPlan, type Trust } from "@fmg/core";
import { getAttempt, loadWorkflow, requestKeep, setTrust } from "@fmg/db";
import { fakeEngine } from "@fmg/runner/testing";
import { advanceWorkflow } from "../advance/advance-workflow.ts";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { createLeases } from "./leases.ts";
import { runAttempt } from "./run-attempt.ts";
import { createScribe } from "./scribe.ts";

let kit: TestServices;
afterEach(() => kit.close());

/** Makes a queued attempt, and carries it out on an engine without images: so it ends as an error. */
async function fail(
  options: { env?: Record<string, string>; trust?: string; keep?: number; job?: BuildJobPlan } = {},
) {
  kit = testServices({ engine: fakeEngine(), env: options.env ?? {} });
  const { services } = kit;
  const { workflowIds, pipelineId } = aStoredPipeline(services, aWorkflow(options.job ?? aJob("a")));
  if (options.trust !== undefined) setTrust(services.db, pipelineId, options.trust as Trust);
  const [workflowId = 0] = workflowIds;
  advanceWorkflow(services, workflowId);
  const attemptId = loadWorkflow(services.db, workflowId).jobs[0]!.attempts[0]!.id;
  if (options.keep !== undefined) requestKeep(services.db, attemptId, options.keep);
  const leases = createLeases(services);
  const scribe = createScribe(services);
  await runAttempt({ services, leases, scribe }, attemptId);
  leases.close();
  scribe.close();
  return getAttempt(services.db, attemptId)!;
}

test.each([
  ["is removed unless somebody asked for it", {}, null],
  ["is kept for as long as the setting says", { env: { FMG_KEEP_FAILED_FOR: "2m" } }, 120_000],
  ["is kept for as long as was asked for while it ran", { keep: 60_000 }, 60_000],
  ["is kept for the longer of both", { env: { FMG_KEEP_FAILED_FOR: "30s" }, keep: 60_000 }, 60_000],
  ["is never kept for a fork's pull request", { env: { FMG_KEEP_FAILED_FOR: "1h" }, trust: "fork" }, null],
])("the container of a failed attempt %s", async (_, options, keptForMs) => {
  const { status, finishedAt, keptUntil } = await fail(options);
  expect(status).toBe("error");
  expect(keptUntil === null ? null : keptUntil - finishedAt!).toBe(keptForMs);
});

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

test("the time in the queue counts for no limit: a job that waited for ten hours runs (R-LIFE-3)", async () => {
  kit = testServices({ engine: fakeEngine(), env: { FMG_JOB_TIMEOUT: "1h" } });
  const { services } = kit;
  const [workflowId = 0] = aStoredPipeline(services, aWorkflow(aJob("a"))).workflowIds;
  advanceWorkflow(services, workflowId);
  const attemptId = loadWorkflow(services.db, workflowId).jobs[0]!.attempts[0]!.id;
  const leases = createLeases(services);
  const scribe = createScribe(services);
  kit.advanceTime(10 * 3_600_000);

  await runAttempt({ services, leases, scribe }, attemptId);

  const { queuedAt, startedAt, reason } = getAttempt(services.db, attemptId)!;
  expect(startedAt! - queuedAt).toBe(10 * 3_600_000);
  // It got as far as its image, which the fake engine does not have.
  expect(reason).toBe("image_pull_failed");
  leases.close();
  scribe.close();
});

test("what the host lost before its first step is made once more, and no third time; then the job counts the last one (R-JST-2)", async () => {
  let lost = 0;
  const engine = fakeEngine({
    before(call) {
      if (call === "inspectContainer" && lost++ < 1) throw new FmgError("runner_lost", "The host went away.");
    },
  });
  kit = testServices({ engine });
  const { services } = kit;
  const [workflowId = 0] = aStoredPipeline(services, aWorkflow(aJob("a", { parallelism: 2 }))).workflowIds;
  advanceWorkflow(services, workflowId);
  const rows = () => loadWorkflow(services.db, workflowId).jobs[0]!;
  const leases = createLeases(services);
  const scribe = createScribe(services);
  const run = async (at: number) => {
    await runAttempt({ services, leases, scribe }, rows().attempts[at]!.id);
    advanceWorkflow(services, workflowId);
    return rows().attempts.map(({ nodeIndex, number, status, reason }) => [
      nodeIndex,
      number,
      reason ?? status,
    ]);
  };

  expect(await run(0)).toEqual([
    [0, 1, "runner_lost"],
    [0, 2, "queued"],
    [1, 1, "queued"],
  ]);
  expect(rows().job.status).toBe("running");
  await run(1);
  // The fake engine has no image: that is no loss of the host's.
  expect(await run(2)).toEqual([
    [0, 1, "runner_lost"],
    [0, 2, "image_pull_failed"],
    [1, 1, "image_pull_failed"],
  ]);
  expect(rows().job).toMatchObject({ status: "error", reason: "image_pull_failed" });
  leases.close();
  scribe.close();
});

test.each([
  ["own", "none:1"],
  ["fork", "names the variable REGISTRY_PASSWORD, which is not set for this job"],
])("secrets are for trusted pipelines, registry passwords too: %s (SEC-6)", async (trust, message) => {
  const secretsFile = join(mkdtempSync(join(tmpdir(), "fmg-secrets-")), "secrets.env");
  writeFileSync(secretsFile, "REGISTRY_PASSWORD=s3cret-value", { mode: 0o600 });
  const auth = { kind: "basic", values: [{ name: "password", value: "$REGISTRY_PASSWORD" }] } as const;
  const { range } = aJob("a");
  const executor = {
    kind: "docker",
    images: [{ image: "none:1", environment: [], auth, range }],
    range,
  } as const;
  const env = { FMG_SECRETS_FILE: secretsFile };

  const { message: told } = await fail({ env, trust, job: aJob("a", { executor }) });

  expect(told).toContain(message);
  expect(told).not.toContain("s3cret-value");
});
