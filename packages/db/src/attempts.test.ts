import { aJob, aWorkflow } from "@fmg/core/testing";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { attemptContext } from "./attempt-context.ts";
import {
  cancelRequested,
  commitCheckpoints,
  createAttempts,
  finishAttempt,
  getAttempt,
  listAttempts,
  listSteps,
  setImageDigest,
  setSteps,
  stepProgress,
} from "./attempts.ts";
import { requestCancel, requestStop } from "./cancellations.ts";
import { acceptDelivery } from "./deliveries.ts";
import { countUnfinished, pendingPipelines, unfinishedWorkflows } from "./due.ts";
import { queuedAttempts } from "./attempt-queue.ts";
import { moveStep } from "./job-states.ts";
import { claimAttempt } from "./leases.ts";
import { storePlan } from "./plans.ts";
import { aPush, temporaryDb, type TemporaryDb } from "./testing/builders.ts";
import { listJobs } from "./workflows.ts";

const workflow = aWorkflow(aJob("build"), aJob("test", { parallelism: 2 }));
let temporary: TemporaryDb;
let jobIds: number[];

beforeEach(() => {
  temporary = temporaryDb();
  const { db } = temporary;
  acceptDelivery(db, aPush());
  storePlan(db, 1, { workflows: [workflow], setup: false }, { warnings: [], now: 1 });
  jobIds = listJobs(db, { pipelineId: 1 }).map(({ job }) => job.id);
});
afterEach(() => temporary.remove());

const headers = ["Spin up environment", "checkout", "make"].map((name, index) => ({
  index,
  name,
  kind: "run",
  background: index === 2,
}));

function runningAttempt(): number {
  const { db } = temporary;
  const [id = 0] = createAttempts(db, jobIds[0] ?? 0, { nodeTotal: 1, now: 2, label: "default" });
  claimAttempt(db, id, "a", 3, 30_000);
  setSteps(db, id, 1, headers);
  return id;
}

test("a job gets one attempt for each node, and new ones only after all have ended", () => {
  const { db } = temporary;
  const jobId = jobIds[1] ?? 0;
  const options = { nodeTotal: 2, now: 2, label: "default" };
  const first = createAttempts(db, jobId, options);
  expect(createAttempts(db, jobId, options)).toEqual(first);
  for (const id of first) {
    claimAttempt(db, id, "a", 3, 30_000);
    finishAttempt(db, { attemptId: id, epoch: 1 }, { status: "failure", at: 4 });
  }
  const second = createAttempts(db, jobId, { ...options, now: 5 });
  expect(listAttempts(db, jobId).map((row) => [row.id, row.nodeIndex, row.nodeTotal, row.number])).toEqual([
    [first[0], 0, 2, 1],
    [second[0], 0, 2, 2],
    [first[1], 1, 2, 1],
    [second[1], 1, 2, 2],
  ]);
});

test("the context of an attempt has everything above it", () => {
  const { db } = temporary;
  const id = runningAttempt();
  expect(attemptContext(db, id)).toMatchObject({
    attempt: { id, epoch: 1, status: "running" },
    job: { name: "build", number: 1 },
    jobPlan: workflow.jobs[0],
    workflow: { name: "workflow" },
    plan: workflow,
    pipeline: { id: 1, owner: "octo", event: { ref: { name: "main" } } },
    project: { githubId: 1, name: "repo", defaultBranch: "main" },
    steps: headers,
  });
  const context = attemptContext(db, id);
  expect(context.workspaceUuid).toBe(context.workflow.uuid);
});

test("setting the steps again keeps what is known of them", () => {
  const { db } = temporary;
  const id = runningAttempt();
  moveStep(db, { attemptId: id, index: 0, epoch: 1 }, "pending", { status: "running", at: 5 });
  expect(setSteps(db, id, 1, headers)).toBe(true);
  expect(listSteps(db, id).map((step) => [step.name, step.status, step.background])).toEqual([
    ["Spin up environment", "running", false],
    ["checkout", "pending", false],
    ["make", "pending", true],
  ]);
});

test("a successor learns how far each step is", () => {
  const { db } = temporary;
  const attemptId = runningAttempt();
  const step = { attemptId, epoch: 1 };
  moveStep(db, { ...step, index: 0 }, "pending", { status: "running", at: 5 });
  moveStep(db, { ...step, index: 0 }, "running", { status: "success", exitCode: 0, at: 6 });
  moveStep(db, { ...step, index: 1 }, "pending", { status: "running", at: 7 });
  const checkpoint = { ...step, step: 1, rawOffset: 100, storedLength: 90, at: 8 };
  expect(commitCheckpoints(db, [checkpoint, { ...checkpoint, rawOffset: 120, storedLength: 110 }])).toEqual(
    [],
  );
  expect(stepProgress(db, attemptId)).toEqual([
    { index: 0, status: "success", rawOffset: 0, exitCode: 0, startedAt: 5 },
    { index: 1, status: "running", rawOffset: 120, lastOutputAt: 8, startedAt: 7 },
    { index: 2, status: "pending", rawOffset: 0 },
  ]);
  expect(listSteps(db, attemptId)[1]?.storedLength).toBe(110);
});

test("a checkpoint of a step that does not exist is a bug, and is said to be one", () => {
  const checkpoint = { attemptId: runningAttempt(), epoch: 1, step: 9, rawOffset: 1, storedLength: 1, at: 8 };
  expect(() => commitCheckpoints(temporary.db, [checkpoint])).toThrow("has no step 9");
});

test.each([
  ["failure", "step_failed", ["failure", "skipped", "skipped"]],
  ["canceled", "by_user", ["canceled", "canceled", "canceled"]],
  ["error", "runner_lost", ["error", "skipped", "skipped"]],
] as const)("an attempt that ends as %s ends its open steps with it", (status, reason, expected) => {
  const { db } = temporary;
  const attemptId = runningAttempt();
  moveStep(db, { attemptId, index: 0, epoch: 1 }, "pending", { status: "running", at: 5 });
  expect(finishAttempt(db, { attemptId, epoch: 1 }, { status, reason, at: 9 })).toBe(true);
  expect(listSteps(db, attemptId).map((step) => step.status)).toEqual(expected);
  expect(getAttempt(db, attemptId)).toMatchObject({ status, reason, finishedAt: 9 });
  expect(finishAttempt(db, { attemptId, epoch: 1 }, { status: "success", at: 10 })).toBe(false);
});

test("the images that an attempt and its services ran on are noted by its owner alone", () => {
  const { db } = temporary;
  const attemptId = runningAttempt();
  const image = (position: number, digest: string) => ({ position, image: `image-${position}`, digest });
  for (const position of [0, 1, 2]) {
    expect(setImageDigest(db, { attemptId, epoch: 0 }, image(position, "sha256:stale"))).toBe(false);
    expect(setImageDigest(db, { attemptId, epoch: 1 }, image(position, `sha256:${position}`))).toBe(true);
  }
  expect(getAttempt(db, attemptId)).toMatchObject({
    imageDigest: "sha256:0",
    serviceImages: {
      1: { image: "image-1", digest: "sha256:1" },
      2: { image: "image-2", digest: "sha256:2" },
    },
  });
});

test("a wish to cancel reaches the attempts that have not ended, once", () => {
  const { db } = temporary;
  const running = runningAttempt();
  const [queued = 0, other = 0] = createAttempts(db, jobIds[1] ?? 0, {
    nodeTotal: 2,
    now: 2,
    label: "default",
  });
  const wish = { at: 10, reason: "by_user", message: "canceled" } as const;
  expect(requestStop(db, jobIds[1] ?? 0, wish)).toEqual([queued, other]);
  expect(requestStop(db, jobIds[1] ?? 0, wish)).toEqual([]);
  expect(cancelRequested(db, [running])).toEqual([]);
  expect(requestCancel(db, { pipelineId: 1 }, wish)).toEqual({ pipelineId: 1, workflowIds: [1] });
  expect(cancelRequested(db, [running, 999])).toEqual([running]);
  expect(cancelRequested(db, [])).toEqual([]);
});

test("what is due can be walked in pages", () => {
  const { db } = temporary;
  for (const id of ["2", "3", "4"]) acceptDelivery(db, aPush({ deliveryId: id }));
  expect(pendingPipelines(db, 2)).toEqual([2, 3]);
  expect(pendingPipelines(db, 2, 3)).toEqual([4]);
  expect(unfinishedWorkflows(db, 5)).toHaveLength(1);
  const [first = 0] = createAttempts(db, jobIds[1] ?? 0, { nodeTotal: 2, now: 20, label: "gpu" });
  const [older = 0] = createAttempts(db, jobIds[0] ?? 0, { nodeTotal: 1, now: 10, label: "default" });
  expect(queuedAttempts(db, 2)).toEqual([
    expect.objectContaining({ attemptId: older, label: "default", queuedAt: 10, repository: "octo/repo" }),
    expect.objectContaining({ attemptId: first, label: "gpu", queuedAt: 20, ref: "main", cpus: 0 }),
  ]);
  requestStop(db, jobIds[0] ?? 0, { at: 30, reason: "by_user", message: "canceled" });
  expect(queuedAttempts(db, 1).map(({ attemptId }) => attemptId)).toEqual([first]);
  expect(countUnfinished(db)).toEqual({
    pipelines: 4,
    workflows: 1,
    attempts: 3,
    statuses: 1,
    notifications: 0,
  });
});
