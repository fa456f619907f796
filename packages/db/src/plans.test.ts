import type { Diagnostic, JobPlan, PipelinePlan, WorkflowPlan } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { acceptDelivery } from "./deliveries.ts";
import { getPipeline } from "./pipelines.ts";
import { rejectPipeline, storePlan } from "./plans.ts";
import { aPush, temporaryDb, type TemporaryDb } from "./testing/builders.ts";
import { inTransaction } from "./transaction.ts";
import { listJobs, listWorkflows, loadWorkflow } from "./workflows.ts";

let temporary: TemporaryDb;
beforeEach(() => {
  temporary = temporaryDb();
  acceptDelivery(temporary.db, aPush());
});
afterEach(() => temporary.remove());

const range = aJob("x").range;
const leftOut = {
  reason: "filtered_out",
  message: "branch main is not wanted",
  rule: "R-FIL-1",
  range,
} as const;
const filtered = (name: string): JobPlan => aJob(name, { leftOut });
const plan = (...workflows: WorkflowPlan[]): PipelinePlan => ({ workflows, setup: false });
const none = { warnings: [], now: 2_000 };

test("a stored plan is what advancing reads: blocked jobs with numbers, left-out ones skipped without", () => {
  const { db } = temporary;
  const workflow = aWorkflow(aJob("build"), filtered("deploy"), aJob("test", { needs: ["build"] }));

  const { workflowIds } = storePlan(db, 1, plan(workflow), none);

  const loaded = loadWorkflow(db, workflowIds[0] ?? 0);
  expect(loaded.plan).toEqual(workflow);
  expect(loaded.workflow).toMatchObject({ status: "running", startedAt: 2_000, finishedAt: null });
  expect(
    loaded.jobs.map(({ job }) => [job.name, job.status, job.number, job.reason, job.finishedAt]),
  ).toEqual([
    ["build", "blocked", 1, null, null],
    ["deploy", "skipped", null, "filtered_out", 2_000],
    ["test", "blocked", 2, null, null],
  ]);
  expect(getPipeline(db, 1)).toMatchObject({ status: "running", startedAt: 2_000 });
  expect(listJobs(db, { pipelineId: 1 }).map(({ job, workflow: { name } }) => [name, job.name])).toEqual([
    ["workflow", "build"],
    ["workflow", "deploy"],
    ["workflow", "test"],
  ]);
});

test("job numbers count on over the pipelines of a project", () => {
  const { db } = temporary;
  acceptDelivery(db, aPush({ deliveryId: "2" }));
  storePlan(db, 1, plan(aWorkflow(aJob("a"), aJob("b"))), none);
  storePlan(db, 2, plan(aWorkflow(aJob("a"))), none);
  expect(listJobs(db, { pipelineId: 2 })[0]?.job.number).toBe(3);
});

test("a workflow whose condition is false, or whose jobs are all left out, is skipped; the others run", () => {
  const { db } = temporary;
  const conditional: WorkflowPlan = { ...aWorkflow(), leftOut: { ...leftOut, reason: "condition_false" } };
  storePlan(
    db,
    1,
    plan(conditional, aWorkflow(filtered("deploy")), aWorkflow(), aWorkflow(aJob("build"))),
    none,
  );
  expect(listWorkflows(db, 1).map(({ status, reason, message }) => [status, reason, message])).toEqual([
    ["skipped", "condition_false", "branch main is not wanted"],
    ["skipped", "filtered_out", "every job of the workflow is left out"],
    ["skipped", "nothing_to_run", "the workflow has no jobs"],
    ["running", null, null],
  ]);
  expect(getPipeline(db, 1)?.status).toBe("running");
});

test("a pipeline with nothing to run is skipped at once", () => {
  const { db } = temporary;
  storePlan(db, 1, plan(aWorkflow(filtered("deploy"))), none);
  expect(getPipeline(db, 1)).toMatchObject({
    status: "skipped",
    reason: "nothing_to_run",
    finishedAt: 2_000,
  });
});

test("storing a plan again changes nothing and returns the same workflows", () => {
  const { db } = temporary;
  const first = storePlan(db, 1, plan(aWorkflow(aJob("build"))), none);
  const again = storePlan(db, 1, plan(aWorkflow(aJob("other"), aJob("more"))), { warnings: [], now: 3_000 });
  expect(again).toEqual(first);
  expect(listJobs(db, { pipelineId: 1 }).map(({ job }) => job.name)).toEqual(["build"]);
});

test("a rejected config ends its pipeline as an error with the diagnostics, once", () => {
  const { db } = temporary;
  const diagnostic: Diagnostic = { code: "unknown-key", severity: "error", message: "no such key", range };
  const rejection = { reason: "config_invalid", message: "no such key", diagnostics: [diagnostic] } as const;
  expect(rejectPipeline(db, 1, rejection, 2_000)).toBe(true);
  expect(rejectPipeline(db, 1, { ...rejection, message: "again" }, 3_000)).toBe(false);
  expect(getPipeline(db, 1)).toMatchObject({
    status: "error",
    reason: "config_invalid",
    message: "no such key",
    diagnostics: [diagnostic],
    finishedAt: 2_000,
  });
  expect(storePlan(db, 1, plan(aWorkflow(aJob("build"))), none)).toEqual({ workflowIds: [] });
});

test("what fails in the middle of a transaction leaves nothing behind", () => {
  const { db } = temporary;
  const failing = () =>
    inTransaction(db, () => {
      storePlan(db, 1, plan(aWorkflow(aJob("build"))), none);
      throw new Error("the caller changed its mind");
    });
  expect(failing).toThrow("changed its mind");
  expect(listWorkflows(db, 1)).toEqual([]);
  expect(getPipeline(db, 1)?.status).toBe("pending");
});
