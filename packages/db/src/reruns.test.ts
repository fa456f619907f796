import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Outcome } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { createAttempts, finishAttempt, listAttempts, setImageDigest } from "./attempts.ts";
import { requestCancel } from "./cancellations.ts";
import { acceptDelivery } from "./deliveries.ts";
import { listLayers, listArtifacts, storeArtifact, storeLayer } from "./job-files.ts";
import { moveJob, movePipeline, moveWorkflow } from "./job-states.ts";
import { claimAttempt } from "./leases.ts";
import { dueStatuses } from "./outbox.ts";
import { getPipeline } from "./pipelines.ts";
import { rejectPipeline, storePlan } from "./plans.ts";
import { requestFreshRerun, storeRerun } from "./reruns.ts";
import { aPush, temporaryDb, type TemporaryDb } from "./testing/index.ts";
import { listTests, storeTestResults } from "./test-results.ts";
import { listCurrentJobs, listJobs, listWorkflows, loadWorkflow, workflowWithPlan } from "./workflows.ts";

const plan = { workflows: [aWorkflow(aJob("a"), aJob("b", { needs: ["a"] }))], setup: false };
const by = { by: "ada", statusTargetBase: "http://fmg.test", now: 100 };
const DAY = 86_400_000;

let temporary: TemporaryDb;
let pipelineId: number;
beforeEach(() => {
  temporary = temporaryDb();
  ({ pipelineId } = acceptDelivery(temporary.db, aPush()));
});
afterEach(() => temporary.remove());

/** Runs the newest workflow to its end: `a` succeeds and leaves files, `b` ends as told. */
function runThrough(b: Outcome): void {
  const { db } = temporary;
  const workflow = listWorkflows(db, pipelineId).at(-1)!;
  for (const { job } of listJobs(db, { workflowId: workflow.id })) {
    if (job.status !== "blocked") continue;
    const status = job.name === "a" ? "success" : b;
    moveJob(db, job.id, "blocked", { status: "queued", at: 10 });
    const [attemptId = 0] = createAttempts(db, job.id, { nodeTotal: 1, now: 10, label: "default" });
    claimAttempt(db, attemptId, "owner", 11, 1000);
    moveJob(db, job.id, "queued", { status: "running", at: 11 });
    setImageDigest(
      db,
      { attemptId, epoch: 1 },
      { position: 0, image: "busybox", digest: `busybox@sha256:${job.name}` },
    );
    storeArtifact(db, { attemptId, path: "x", digest: "d", sizeBytes: 1, createdAt: 12, expiresAt: 1e15 });
    const result = {
      name: "t",
      classname: "",
      file: "",
      durationMs: 1,
      result: "success",
      message: null,
    } as const;
    storeTestResults(db, { attemptId, step: 1 }, [result]);
    const layer = { attemptId, step: 2, job: job.name, nodeIndex: 0, digest: "d", sizeBytes: 1, paths: [] };
    const { uuid: workspaceUuid } = listWorkflows(db, pipelineId)[0]!;
    storeLayer(db, { ...layer, workspaceUuid, expiresAt: 1e15 });
    finishAttempt(db, { attemptId, epoch: 1 }, { status, at: 20 });
    moveJob(db, job.id, "running", { status, at: 20 });
  }
  moveWorkflow(db, workflow.id, "running", { status: b, at: 20 });
  movePipeline(db, pipelineId, "running", { status: b, at: 20 });
}

function firstRun(b: Outcome = "failure"): number {
  const { workflowIds } = storePlan(temporary.db, pipelineId, plan, { warnings: [], now: 5 });
  runThrough(b);
  return workflowIds[0]!;
}

function started(workflowId: number, from: "start" | "failed", now = 100) {
  const rerun = storeRerun(temporary.db, workflowId, { from }, { ...by, now });
  if (rerun.kind === "refused") throw new Error(rerun.message);
  return rerun;
}

test("from failed, what succeeded stands in the new workflow with its attempts, artifacts, tests and layers (R-WS-8, R-RR-3)", () => {
  const { db } = temporary;
  const first = firstRun();
  const before = listJobs(db, { workflowId: first });
  const { workflowId, number } = started(first, "failed");

  const [a, b] = listJobs(db, { workflowId }).map(({ job }) => job);
  const [oldA, oldB] = before.map(({ job }) => job);
  expect(number).toBe(1);
  expect(a).toMatchObject({ status: "success", number: oldA!.number, carriedFrom: oldA!.id, finishedAt: 20 });
  expect(b).toMatchObject({ status: "blocked", carriedFrom: null, number: oldB!.number! + 1 });
  expect(listAttempts(db, a!.id)).toEqual(listAttempts(db, oldA!.id));
  expect(listArtifacts(db, a!.id, { after: 0, limit: 9 })).toHaveLength(1);
  expect(listTests(db, a!.id, { limit: 9, skip: 0, only: null })).toHaveLength(1);
  const { uuid } = listWorkflows(db, pipelineId)[0]!;
  expect(listLayers(db, uuid, workflowId).map(({ job }) => job)).toEqual(["a"]);
  // Nothing of the first run is touched, and a pipeline shows the newest of each line.
  expect(listJobs(db, { workflowId: first })).toEqual(before);
  expect(listCurrentJobs(db, pipelineId).map(({ job }) => job.id)).toEqual([a!.id, b!.id]);

  runThrough("failure");
  const second = started(workflowId, "failed");
  expect(listJobs(db, { workflowId: second.workflowId })[0]!.job.carriedFrom).toBe(oldA!.id);
});

test("a pipeline that was canceled is started again without the wish to cancel it", () => {
  const { db } = temporary;
  const { workflowIds } = storePlan(db, pipelineId, plan, { warnings: [], now: 5 });
  requestCancel(db, { pipelineId }, { at: 6, reason: "by_user", message: "canceled" });
  runThrough("canceled");
  const { workflowId } = started(workflowIds[0]!, "failed");
  expect(getPipeline(db, pipelineId)).toMatchObject({ status: "running", cancellation: null });
  expect(loadWorkflow(db, workflowId).workflow.cancellation).toBeNull();
});

test("from the start every job runs again, sees no layer of the first run, and on the same images", () => {
  const { db } = temporary;
  const first = firstRun();
  const { workflowId } = started(first, "start");
  expect(listJobs(db, { workflowId }).map(({ job }) => job.status)).toEqual(["blocked", "blocked"]);
  expect(listLayers(db, listWorkflows(db, pipelineId)[0]!.uuid, workflowId)).toEqual([]);
  const { jobs } = workflowWithPlan(db, workflowId).plan;
  expect(jobs).toMatchObject([
    { executor: { images: [{ image: "fmg-test/busybox:local", pinned: "busybox@sha256:a" }] } },
    { executor: { images: [{ pinned: "busybox@sha256:b" }] } },
  ]);
  expect(JSON.stringify(workflowWithPlan(db, first).plan)).not.toContain("pinned");
});

test("the pipeline runs again, its commit waits again, and the workflow says who started what", () => {
  const { db } = temporary;
  const { workflowId } = started(firstRun(), "failed");
  expect(getPipeline(db, pipelineId)).toMatchObject({ status: "running", finishedAt: null });
  expect(dueStatuses(db, 1000, 10)).toMatchObject([{ context: "fmg", state: "pending" }]);
  expect(loadWorkflow(db, workflowId).workflow.rerun).toEqual({ from: "failed", by: "ada", number: 1 });
});

test("of two who start it again at once one is refused, and so is who starts what has been replaced", () => {
  const first = firstRun();
  const { workflowId } = started(first, "failed");
  const again = (id: number) => storeRerun(temporary.db, id, { from: "failed" }, by);
  expect(again(first)).toEqual({
    kind: "refused",
    message: `it was started again already, as workflow ${workflowId}, which is running`,
  });
  expect(again(workflowId)).toMatchObject({
    kind: "refused",
    message: expect.stringContaining("has not ended"),
  });
});

test("a workflow is started again 100 times, and until its pipeline is 90 days old (R-RR-2)", () => {
  const { db } = temporary;
  let last = firstRun();
  expect(storeRerun(db, last, { from: "start" }, { ...by, now: 1_000 + 90 * DAY })).toMatchObject({
    kind: "refused",
  });
  for (let time = 1; time <= 100; time++) {
    last = started(last, "failed").workflowId;
    runThrough("failure");
  }
  expect(storeRerun(db, last, { from: "failed" }, by)).toMatchObject({
    message: "it was started again 100 times",
  });
  expect(requestFreshRerun(db, pipelineId, by)).toBe("it was started again 100 times");
});

test("a fresh rerun waits to be compiled, goes on the line of each workflow by name, and mends what never compiled (R-RR-4)", () => {
  const { db } = temporary;
  rejectPipeline(db, pipelineId, { reason: "clone_failed", message: "no", diagnostics: [] }, 2);
  expect(requestFreshRerun(db, pipelineId, by)).toBeUndefined();
  expect(getPipeline(db, pipelineId)).toMatchObject({ status: "pending", reason: null, recompiledBy: "ada" });
  expect(requestFreshRerun(db, pipelineId, by)).toBe("it has not ended: it is pending");
  const first = firstRun();
  expect(requestFreshRerun(db, pipelineId, by)).toBeUndefined();
  const { workflowIds } = storePlan(db, pipelineId, plan, { warnings: [], now: 200 });
  expect(listWorkflows(db, pipelineId)).toMatchObject([
    { id: first, rerunOf: null, rerun: null },
    { id: workflowIds[0], rerunOf: first, rerun: { from: "fresh", by: "ada", number: 1 } },
  ]);
});
