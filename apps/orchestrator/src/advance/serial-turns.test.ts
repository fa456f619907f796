import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { serialWaitMs, type ControlJobPlan, type JobPlan } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { claimAttempt, finishAttempt, listJobs, loadWorkflow, requestCancel, storeRerun } from "@fmg/db";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { advanceWorkflow } from "./advance-workflow.ts";

let kit: TestServices;
beforeEach(() => {
  kit = testServices();
});
afterEach(() => kit.close());

/** A workflow in a pipeline of its own, the numbers counting up; not advanced yet. */
function stored(...jobs: JobPlan[]): number {
  const [id] = aStoredPipeline(kit.services, aWorkflow(...jobs)).workflowIds;
  return id!;
}

function advance(...workflowIds: number[]): void {
  for (const id of workflowIds) advanceWorkflow(kit.services, id);
}

const job = (workflowId: number, name = "deploy") =>
  listJobs(kit.services.db, { workflowId }).find((found) => found.job.name === name)!.job;

const attempts = (workflowId: number, name = "deploy") =>
  loadWorkflow(kit.services.db, workflowId).jobs.find((found) => found.job.name === name)!.attempts;

function end(workflowId: number, name = "deploy"): void {
  const { db, owner, now } = kit.services;
  const attemptId = attempts(workflowId, name)[0]!.id;
  const claim = claimAttempt(db, attemptId, owner, now(), 1000);
  if (typeof claim === "string") throw new Error(claim);
  finishAttempt(db, { attemptId, epoch: claim.epoch }, { status: "failure", at: now() });
  kit.nudges.length = 0;
  advance(workflowId);
}

const statusOf = (...workflowIds: number[]) =>
  workflowIds.map((id) => loadWorkflow(kit.services.db, id).workflow.status);

const deploy = () => aJob("deploy", { serialGroup: "prod" });
const control = (
  name: string,
  kind: ControlJobPlan["kind"],
  needs: string[],
  lockKey?: string,
): ControlJobPlan => {
  const { kind: _, ...base } = aJob(name, { needs });
  return { ...base, kind, ...(lockKey === undefined ? {} : { lockKey }) };
};

test("one job at a time holds a serial group, in the order of asking; the others are queued and say for whom (R-SER-2, R-SER-3)", () => {
  const [first, second, third] = [stored(deploy()), stored(deploy()), stored(deploy())];
  advance(first, second, third);
  expect(attempts(first)).toHaveLength(1);
  expect(statusOf(first, second)).toEqual(["running", "queued"]);
  expect(job(second)).toMatchObject({
    status: "queued",
    reason: "serial_group",
    message: 'waits for the serial group "prod": job "deploy" of pipeline 1 holds it',
  });
  expect([attempts(second), attempts(third)]).toEqual([[], []]);
  end(first);
  expect(kit.nudges).toContainEqual({ queue: "workflows", workflowId: second });
  advance(third, second, third);
  expect(statusOf(second, third)).toEqual(["running", "queued"]);
  expect(job(second)).toMatchObject({ status: "queued", reason: null });
  expect([attempts(second).length, attempts(third).length]).toEqual([1, 0]);
  expect(job(third).message).toMatch(/pipeline 2 holds it$/);
});

test("an older pipeline that asks while a newer one has the group is skipped; when the group is idle it may run (R-SER-5)", () => {
  const [older, newer] = [stored(deploy()), stored(deploy())];
  advance(newer, older);
  expect(job(older)).toMatchObject({
    status: "skipped",
    reason: "overtaken",
    message: 'comes too late for the serial group "prod": job "deploy" of pipeline 2 is newer',
  });
  const [old, young] = [stored(deploy()), stored(deploy())];
  end(newer);
  advance(young);
  end(young);
  advance(old);
  expect(attempts(old)).toHaveLength(1);
});

test("a rerun asks for its group anew: behind who has asked by then, and too late once a newer pipeline has (R-SER-8)", () => {
  const { db, now } = kit.services;
  const by = { by: "ada", statusTargetBase: "http://fmg.test", now: now() };
  const again = (workflowId: number): number => {
    const rerun = storeRerun(db, workflowId, { from: "failed" }, by);
    if (rerun.kind === "refused") throw new Error(rerun.message);
    return rerun.workflowId;
  };
  const [older, newer] = [stored(deploy()), stored(deploy())];
  advance(older);
  end(older);
  advance(newer);
  end(newer);
  const [newerAgain, olderAgain] = [again(newer), again(older)];
  advance(newerAgain, olderAgain);
  expect(attempts(newerAgain)).toHaveLength(1);
  expect(job(olderAgain)).toMatchObject({ status: "skipped", reason: "overtaken" });

  const [first, second] = [stored(deploy()), stored(deploy())];
  end(newerAgain);
  advance(first, second);
  end(first);
  advance(second);
  end(second);
  const secondAgain = again(second);
  const third = stored(deploy());
  advance(third, secondAgain);
  expect(job(secondAgain)).toMatchObject({ status: "skipped", reason: "overtaken" });
});

test("who waits for a group can be canceled, and does not wait for more than 5 hours (R-SER-4)", () => {
  const [first, second, third] = [stored(deploy()), stored(deploy()), stored(deploy())];
  advance(first, second, third);
  const wish = { at: 1, reason: "by_user", message: "canceled" } as const;
  requestCancel(kit.services.db, { workflowId: second }, wish);
  advance(second);
  expect(job(second).status).toBe("canceled");
  kit.advanceTime(serialWaitMs);
  advance(third);
  expect(job(third)).toMatchObject({ status: "canceled", reason: "waited_too_long" });
});

test("a lock holds its key until its unlock ended, though nothing of it runs between (R-LOCK-1, R-SER-7)", () => {
  const group = () => [
    control("start", "lock", [], "prod"),
    aJob("inside", { needs: ["start"] }),
    control("end", "unlock", ["inside"], "prod"),
  ];
  const holder = stored(...group().map((plan) => ({ ...plan, requires: plan.requires.map(anyEnd) })));
  const [waits, jobWaits] = [stored(...group()), stored(deploy())];
  advance(holder, waits, jobWaits);
  expect(job(holder, "start").status).toBe("success");
  expect([job(waits, "start").status, job(jobWaits).status]).toEqual(["queued", "queued"]);
  expect(attempts(waits, "inside")).toEqual([]);
  end(holder, "inside");
  expect(job(holder, "end").status).toBe("success");
  advance(waits, jobWaits);
  expect(job(waits, "start").status).toBe("success");
  expect(attempts(jobWaits)).toEqual([]);
  // A workflow that ends takes its lock along, even one whose unlock was skipped.
  end(waits, "inside");
  expect(job(waits, "end").status).toBe("skipped");
  advance(jobWaits);
  expect(attempts(jobWaits)).toHaveLength(1);
});

const anyEnd = <R extends JobPlan["requires"][number]>(requirement: R): R => ({
  ...requirement,
  statuses: ["success", "failed"],
});
