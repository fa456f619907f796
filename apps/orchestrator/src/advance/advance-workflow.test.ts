import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Outcome } from "@fmg/core";
import { aJob, aRequirement, aWorkflow } from "@fmg/core/testing";
import {
  claimAttempt,
  dueStatuses,
  finishAttempt,
  getPipeline,
  getWorkflow,
  listJobs,
  listWorkflows,
  requestCancel,
  storeRerun,
  loadWorkflow,
} from "@fmg/db";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { advanceWorkflow } from "./advance-workflow.ts";

let kit: TestServices;
beforeEach(() => {
  kit = testServices();
});
afterEach(() => kit.close());

const statuses = (workflowId: number) =>
  Object.fromEntries(listJobs(kit.services.db, { workflowId }).map(({ job }) => [job.name, job.status]));

/** Carries the waiting attempts of a job out, with the given outcomes in order of their nodes. */
function end(workflowId: number, name: string, ...outcomes: Outcome[]): void {
  const { db, owner, now } = kit.services;
  const { attempts } = loadWorkflow(db, workflowId).jobs.find(({ job }) => job.name === name)!;
  for (const [node, status] of outcomes.entries()) {
    const claim = claimAttempt(db, attempts[node]!.id, owner, now(), 1000);
    if (typeof claim === "string") throw new Error(`attempt of ${name} is ${claim}`);
    finishAttempt(db, { attemptId: attempts[node]!.id, epoch: claim.epoch }, { status, at: now() });
  }
  advanceWorkflow(kit.services, workflowId);
}

test("a job starts when those that it requires have succeeded, and the pipeline ends with its last job", () => {
  const { pipelineId, workflowIds } = aStoredPipeline(
    kit.services,
    aWorkflow(aJob("a"), aJob("b"), aJob("c", { needs: ["a", "b"] })),
  );
  const [id] = workflowIds as [number];
  advanceWorkflow(kit.services, id);
  expect(statuses(id)).toEqual({ a: "queued", b: "queued", c: "blocked" });
  expect(kit.nudges.filter(({ queue }) => queue === "jobs")).toHaveLength(2);
  end(id, "a", "success");
  expect(statuses(id)).toEqual({ a: "success", b: "queued", c: "blocked" });
  end(id, "b", "success");
  expect(statuses(id)).toEqual({ a: "success", b: "success", c: "queued" });
  end(id, "c", "success");
  expect(getPipeline(kit.services.db, pipelineId)?.status).toBe("success");
});

test("dependants of a failed job are skipped, the rest goes on, and the pipeline fails", () => {
  const { pipelineId, workflowIds } = aStoredPipeline(
    kit.services,
    aWorkflow(
      aJob("bad"),
      aJob("good"),
      aJob("after", { needs: ["bad"] }),
      aJob("last", { needs: ["after"] }),
    ),
  );
  const [id] = workflowIds as [number];
  advanceWorkflow(kit.services, id);
  end(id, "bad", "failure");
  expect(statuses(id)).toEqual({ bad: "failure", good: "queued", after: "skipped", last: "skipped" });
  end(id, "good", "success");
  expect(getPipeline(kit.services.db, pipelineId)?.status).toBe("failure");
});

test("advancing twice changes nothing and hands out no second attempt", () => {
  const { workflowIds } = aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  const [id] = workflowIds as [number];
  advanceWorkflow(kit.services, id);
  const nudged = kit.nudges.length;
  advanceWorkflow(kit.services, id);
  expect(kit.nudges).toHaveLength(nudged);
  expect(loadWorkflow(kit.services.db, id).jobs[0]!.attempts).toHaveLength(1);
});

test("a job of several nodes ends when the last one has, as the worst of them (R-PAR-1)", () => {
  const { workflowIds } = aStoredPipeline(kit.services, aWorkflow(aJob("a", { parallelism: 3 })));
  const [id] = workflowIds as [number];
  advanceWorkflow(kit.services, id);
  end(id, "a", "success", "failure");
  expect(statuses(id)["a"]).toBe("queued");
  const third = loadWorkflow(kit.services.db, id).jobs[0]!.attempts[2]!;
  const claim = claimAttempt(kit.services.db, third.id, "test-owner", kit.services.now(), 1000);
  if (typeof claim === "string") throw new Error(claim);
  finishAttempt(kit.services.db, { attemptId: third.id, epoch: claim.epoch }, { status: "success", at: 1 });
  advanceWorkflow(kit.services, id);
  expect(statuses(id)["a"]).toBe("failure");
});

test("a pipeline of two workflows ends as the worse of them, when both have ended", () => {
  const { pipelineId, workflowIds } = aStoredPipeline(
    kit.services,
    { ...aWorkflow(aJob("a")), name: "one" },
    { ...aWorkflow(aJob("a")), name: "two" },
  );
  const [one, two] = workflowIds as [number, number];
  advanceWorkflow(kit.services, one);
  advanceWorkflow(kit.services, two);
  end(one, "a", "failure");
  expect(getPipeline(kit.services.db, pipelineId)?.status).toBe("running");
  end(two, "a", "success");
  expect(getPipeline(kit.services.db, pipelineId)?.status).toBe("failure");
});

test("each context has its newest state in the outbox, and a skipped job has none", () => {
  const { workflowIds } = aStoredPipeline(
    kit.services,
    aWorkflow(aJob("bad"), aJob("after", { needs: ["bad"] })),
  );
  const [id] = workflowIds as [number];
  advanceWorkflow(kit.services, id);
  end(id, "bad", "failure");
  const due = dueStatuses(kit.services.db, kit.services.now(), 100);
  expect(Object.fromEntries(due.map((row) => [row.context, row.state]))).toEqual({
    fmg: "failure",
    "fmg: workflow": "failure",
    "fmg: workflow/bad": "failure",
  });
});

test("the commit is red as soon as a job has failed, while the rest goes on, and stays red to the end", () => {
  const { workflowIds } = aStoredPipeline(kit.services, aWorkflow(aJob("bad"), aJob("long")));
  const [id] = workflowIds as [number];
  advanceWorkflow(kit.services, id);
  const said = () =>
    Object.fromEntries(
      dueStatuses(kit.services.db, kit.services.now(), 100).map((row) => [row.context, row.state]),
    );
  expect(said()).toMatchObject({ fmg: "pending", "fmg: workflow": "pending" });
  end(id, "bad", "failure");
  expect(getWorkflow(kit.services.db, id)).toMatchObject({ status: "running" });
  expect(said()).toEqual({
    fmg: "failure",
    "fmg: workflow": "failure",
    "fmg: workflow/bad": "failure",
    "fmg: workflow/long": "pending",
  });
  end(id, "long", "success");
  expect(said()).toMatchObject({ fmg: "failure", "fmg: workflow": "failure" });
  expect(getWorkflow(kit.services.db, id)).toMatchObject({ status: "failure" });
});

test("a workflow whose failed job has a handler that succeeds has failed all the same (R-REQ-10)", () => {
  const handler = aJob("handler", { requires: [aRequirement("bad", "failed")] });
  const { pipelineId, workflowIds } = aStoredPipeline(kit.services, aWorkflow(aJob("bad"), handler));
  const [id] = workflowIds as [number];
  advanceWorkflow(kit.services, id);
  end(id, "bad", "failure");
  expect(statuses(id)).toEqual({ bad: "failure", handler: "queued" });
  end(id, "handler", "success");
  expect(getPipeline(kit.services.db, pipelineId)?.status).toBe("failure");
});

test("a handler of a failure that did not come is skipped, and takes nothing from the success (R-WST-2)", () => {
  const rollback = aJob("rollback", { requires: [aRequirement("release", "failed")] });
  const { pipelineId, workflowIds } = aStoredPipeline(kit.services, aWorkflow(aJob("release"), rollback));
  const [id] = workflowIds as [number];
  advanceWorkflow(kit.services, id);
  end(id, "release", "success");
  expect(statuses(id)).toEqual({ release: "success", rollback: "skipped" });
  expect(getPipeline(kit.services.db, pipelineId)?.status).toBe("success");
});

test("the workflows of a pipeline wait for nothing of each other (R-WF-6)", () => {
  const { workflowIds } = aStoredPipeline(
    kit.services,
    { ...aWorkflow(aJob("first"), aJob("a", { needs: ["first"] })), name: "one" },
    { ...aWorkflow(aJob("first"), aJob("a", { needs: ["first"] })), name: "two" },
  );
  const [one, two] = workflowIds as [number, number];
  advanceWorkflow(kit.services, one);
  advanceWorkflow(kit.services, two);
  end(one, "first", "failure");
  end(two, "first", "success");
  expect(statuses(one)).toEqual({ first: "failure", a: "skipped" });
  expect(statuses(two)).toEqual({ first: "success", a: "queued" });
});

test("a workflow that failed starts again by itself from its failed jobs, as often as its config says (R-ARR-1)", () => {
  const plan = { ...aWorkflow(aJob("good"), aJob("bad")), maxAutoReruns: 1 };
  const { pipelineId, workflowIds } = aStoredPipeline(kit.services, plan);
  const [id] = workflowIds as [number];
  advanceWorkflow(kit.services, id);
  end(id, "good", "success");
  end(id, "bad", "failure");
  const [, again, ...more] = listWorkflows(kit.services.db, pipelineId);
  expect(more).toEqual([]);
  expect(again).toMatchObject({ rerunOf: id, rerun: { from: "failed", by: null, number: 1 } });
  expect(kit.nudges).toContainEqual({ queue: "workflows", workflowId: again!.id });
  expect(getPipeline(kit.services.db, pipelineId)?.status).toBe("running");
  advanceWorkflow(kit.services, again!.id);
  expect(statuses(again!.id)).toEqual({ good: "success", bad: "queued" });
  end(again!.id, "bad", "failure");
  expect(listWorkflows(kit.services.db, pipelineId)).toHaveLength(2);
  expect(getPipeline(kit.services.db, pipelineId)?.status).toBe("failure");
});

test("what somebody started again or canceled does not start again by itself (R-ARR-1)", () => {
  const { db, now } = kit.services;
  const plan = { ...aWorkflow(aJob("bad"), aJob("other")), maxAutoReruns: 1 };
  const { pipelineId, workflowIds } = aStoredPipeline(kit.services, plan);
  const [id] = workflowIds as [number];
  advanceWorkflow(kit.services, id);
  const wish = { at: now(), reason: "by_user", message: "canceled" } as const;
  end(id, "bad", "failure");
  requestCancel(db, { workflowId: id }, wish);
  advanceWorkflow(kit.services, id);
  expect(statuses(id)).toEqual({ bad: "failure", other: "canceled" });
  expect(listWorkflows(db, pipelineId)).toHaveLength(1);
  const by = { by: "ada", statusTargetBase: "http://fmg.test", now: now() };
  const rerun = storeRerun(db, id, { from: "failed" }, by);
  if (rerun.kind === "refused") throw new Error(rerun.message);
  advanceWorkflow(kit.services, rerun.workflowId);
  end(rerun.workflowId, "bad", "failure");
  end(rerun.workflowId, "other", "success");
  expect(listWorkflows(db, pipelineId)).toHaveLength(2);
  expect(getPipeline(db, pipelineId)?.status).toBe("failure");
});
