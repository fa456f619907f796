import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { aJob, aRunStep, aWorkflow } from "@fmg/core/testing";
import {
  acceptDelivery,
  claimAttempt,
  createAttempts,
  finishAttempt,
  listJobs,
  moveJob,
  moveStep,
  setImageDigest,
  setSteps,
  storePlan,
  storeTestResults,
  type TestResultRow,
} from "@fmg/db";
import { aPush } from "@fmg/db/testing";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { startApi, type TestApi } from "../testing/start-api.ts";

jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;

beforeAll(async () => {
  redis = await startRedis();
  api = await startApi(redis);
  aRunPipeline("1", { command: "npm test", digest: "img@sha256:1", tookMs: 1_000, tests: ["b"], miss: "" });
  aRunPipeline("2", {
    command: "npm run test",
    digest: "img@sha256:2",
    tookMs: 9_000,
    tests: ["a", "b"],
    miss: 'no cache for key npm-2, and of the nearest, npm-1, "lock" has changed',
  });
});
afterAll(async () => {
  await api.close();
  await redis.close();
});

interface Run {
  readonly command: string;
  readonly digest: string;
  readonly tookMs: number;
  /** Those that fail. */
  readonly tests: readonly string[];
  readonly miss: string;
}

/** A pipeline whose job `test` failed, with `deploy` behind it and `nightly` left out. */
function aRunPipeline(deliveryId: string, { command, digest, tookMs, tests, miss }: Run): void {
  const { db } = api;
  const sha = deliveryId.repeat(40);
  const push = aPush({ deliveryId, sha });
  const trigger = { ...push.trigger, parameters: { level: Number(deliveryId) } };
  const { pipelineId } = acceptDelivery(db, { ...push, trigger });
  const range = {
    file: ".circleci/config.yml",
    start: { line: 31, column: 9 },
    end: { line: 31, column: 12 },
  };
  const leftOut = {
    reason: "filtered_out",
    message: "branch does not match",
    rule: "R-FLT-4",
    range,
  } as const;
  const environment = [{ name: `VARIABLE_${deliveryId}`, value: "x" }];
  const jobs = [
    aJob("test", { steps: [aRunStep(command)], environment }),
    aJob("deploy", { requires: [{ job: "test", statuses: ["success"], range }] }),
    aJob("nightly", { leftOut }),
  ];
  storePlan(db, pipelineId, { workflows: [aWorkflow(...jobs)], setup: false }, { warnings: [], now: 2_000 });
  const [testJob = 0, deploy = 0] = listJobs(db, { pipelineId }).map(({ job }) => Number(job.id));
  moveJob(db, testJob, "blocked", { status: "queued", at: 3_000 });
  const [attemptId = 0] = createAttempts(db, testJob, { nodeTotal: 1, now: 3_000, label: "default" });
  claimAttempt(db, attemptId, "owner", 4_000, 60_000);
  moveJob(db, testJob, "queued", { status: "running", at: 4_000 });
  const steps = [
    { index: 0, name: "restore", kind: "restore-cache", background: false },
    { index: 1, name: "npm test", kind: "run", background: false },
  ];
  setSteps(db, attemptId, 1, steps);
  const missed =
    miss === "" ? { message: "restored npm-1" } : { reason: "cache_missed" as const, message: miss };
  for (const { index } of steps)
    moveStep(db, { attemptId, index }, "pending", { status: "running", at: 4_000 });
  moveStep(db, { attemptId, index: 0 }, "running", { status: "success", at: 4_500, ...missed });
  moveStep(db, { attemptId, index: 1 }, "running", { status: "failure", at: 4_600, exitCode: 1 });
  setImageDigest(db, { attemptId, epoch: 1 }, { position: 0, image: "img", digest });
  const results = tests.map((name): TestResultRow => {
    return { name, classname: "", file: "", durationMs: 1, result: "failure", message: "no" };
  });
  storeTestResults(db, { attemptId, step: 1 }, results);
  const failed = { status: "failure", reason: "step_failed", message: "npm test: exit code 1" } as const;
  finishAttempt(db, { attemptId, epoch: 1 }, { ...failed, at: 4_000 + tookMs });
  moveJob(db, testJob, "running", { ...failed, at: 4_000 + tookMs });
  moveJob(db, deploy, "blocked", { status: "skipped", reason: "upstream_failed", at: 5_000 });
}

test("a job that failed, did not run, or was left out says why as data: rule, place, other job, step and cache", async () => {
  const why = async (id: number) => (await api.get(`/api/v1/jobs/${id}/why`)).json();
  expect(await why(4)).toMatchObject({
    job: { id: 4, name: "test" },
    status: "failure",
    causes: [
      { kind: "step", step: { name: "npm test", nodeIndex: 0, exitCode: 1 } },
      { kind: "cache", reason: "cache_missed", message: expect.stringContaining('"lock" has changed') },
    ],
  });
  expect(await why(5)).toMatchObject({
    status: "skipped",
    causes: [
      {
        kind: "requires",
        rule: "R-REQ-4",
        job: "test",
        status: "failure",
        reason: "step_failed",
        range: { start: { line: 31 } },
        message: expect.stringContaining("npm test: exit code 1"),
      },
    ],
  });
  expect(await why(6)).toMatchObject({
    causes: [{ kind: "left-out", rule: "R-FLT-4", reason: "filtered_out", range: { start: { line: 31 } } }],
  });
  expect((await api.get("/api/v1/jobs/99/why")).statusCode).toBe(404);
});

test("two pipelines differ in commit, config, image, variables, caches, durations and newly failing tests", async () => {
  const diff = (await api.get("/api/v1/pipelines/2/diff?before=1")).json();
  expect(diff).toMatchObject({
    before: { id: 1, sha: "1".repeat(40) },
    after: { id: 2, sha: "2".repeat(40) },
    parameters: [{ path: "parameters.level", before: "1", after: "2" }],
  });
  const [changed, ...others] = diff.jobs;
  expect(changed).toMatchObject({
    workflow: "workflow",
    name: "test",
    change: "kept",
    durationMs: { before: 1_000, after: 9_000 },
    images: [{ position: 0, before: "img@sha256:1", after: "img@sha256:2" }],
    variables: { added: ["VARIABLE_2"], removed: ["VARIABLE_1"] },
    caches: [
      { step: "restore (step 0)", before: "restored npm-1", after: expect.stringContaining("no cache") },
    ],
    newlyFailing: [{ name: "a", message: "no" }],
  });
  expect(changed.config).toContainEqual({
    path: "steps[0].command",
    before: "npm test",
    after: "npm run test",
  });
  expect(others).toMatchObject([{ config: [] }, { config: [] }]);
});

test("pipelines of two repositories have no difference to tell", async () => {
  const { pipelineId } = acceptDelivery(
    api.db,
    aPush({ deliveryId: "other", repo: "octo/other", repoId: 2 }),
  );
  expect((await api.get(`/api/v1/pipelines/${pipelineId}/diff?before=1`)).statusCode).toBe(409);
  expect((await api.get(`/api/v1/pipelines/1/diff?before=99`)).statusCode).toBe(404);
});
