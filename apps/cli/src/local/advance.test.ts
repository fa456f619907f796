import { describe, expect, test } from "@jest/globals";
import type { ControlJobPlan, JobPlan } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { advance } from "./advance.ts";
import { jobNamed, move, type JobRecord, type RunRecord } from "./board.ts";
import { newRun } from "./new-records.ts";

const aRunOf = (...workflows: (readonly JobPlan[])[]): RunRecord =>
  newRun(
    workflows.map((jobs) => ({ plan: aWorkflow(...jobs), earlier: new Map() })),
    { uuid: "u", number: 1, demandOf: () => ({ cpus: 1, memoryBytes: 1 }), now: 0 },
  );

const control = (name: string, own: Partial<ControlJobPlan>): JobPlan => {
  const { executor: _e, steps: _s, ...base } = aJob(name);
  return { ...base, kind: "no-op", ...own };
};

const job = (run: RunRecord, name: string, workflow = 0): JobRecord =>
  jobNamed(run.workflows[workflow]!, name);
const states = (run: RunRecord): string =>
  run.workflows.flatMap(({ jobs }) => jobs.map(({ plan, status }) => `${plan.name} ${status}`)).join(", ");

/** Ends what was started of a job. */
function end(run: RunRecord, ended: JobRecord, status: "success" | "failure" = "success"): void {
  for (const attempt of ended.attempts) {
    move("attempt", attempt, { status: "running", at: 1 });
    move("attempt", attempt, { status, at: 2 });
  }
  if (ended.status === "queued") move("job", ended, { status: "running", at: 1 });
  advance(run, 3);
}

describe("serial groups of a run (R-SER-2)", () => {
  test("one job at a time has a group, in both workflows together", () => {
    const run = aRunOf([aJob("a", { serialGroup: "g" })], [aJob("b", { serialGroup: "g" })]);
    advance(run, 1);
    expect([job(run, "a").attempts.length, job(run, "b", 1).attempts.length]).toEqual([1, 0]);
    expect(job(run, "b", 1)).toMatchObject({ status: "queued", reason: "serial_group" });
    end(run, job(run, "a"));
    expect(job(run, "b", 1)).toMatchObject({ reason: undefined, attempts: [{ status: "queued" }] });
  });

  test("a lock has its key until its unlock", () => {
    const jobs = [
      control("lock", { kind: "lock", lockKey: "k" }),
      aJob("inside", { needs: ["lock"] }),
      control("unlock", {
        kind: "unlock",
        lockKey: "k",
        requires: aJob("x", { needs: ["inside"] }).requires,
      }),
    ];
    const run = aRunOf(jobs, [control("other", { kind: "lock", lockKey: "k" })]);
    advance(run, 1);
    expect(states(run)).toBe("lock success, inside queued, unlock blocked, other queued");
    end(run, job(run, "inside"));
    expect(states(run)).toBe("lock success, inside success, unlock success, other success");
  });
});

test("a run that is canceled starts nothing more, and what runs ends by itself (R-WST-4)", () => {
  const run = aRunOf([aJob("runs"), aJob("waits"), aJob("after", { needs: ["runs"] })]);
  advance(run, 1);
  move("attempt", job(run, "runs").attempts[0]!, { status: "running", at: 1 });
  move("job", job(run, "runs"), { status: "running", at: 1 });
  run.cancellation = { at: 2, reason: "by_user", message: "canceled" };
  advance(run, 2);
  expect(states(run)).toBe("runs running, waits canceled, after canceled");
  move("attempt", job(run, "runs").attempts[0]!, { status: "canceled", at: 3 });
  advance(run, 3);
  expect(run.workflows[0]!.status).toBe("canceled");
});

test("a job with nodes is as bad as its worst (R-PAR-1)", () => {
  const run = aRunOf([aJob("a", { parallelism: 2 })]);
  advance(run, 1);
  const [first, second] = job(run, "a").attempts;
  move("attempt", first!, { status: "running", at: 1 });
  move("attempt", first!, { status: "failure", at: 2, reason: "step_failed", message: "no" });
  move("job", job(run, "a"), { status: "running", at: 1 });
  advance(run, 2);
  expect(job(run, "a").status).toBe("running");
  move("attempt", second!, { status: "running", at: 1 });
  move("attempt", second!, { status: "success", at: 3 });
  advance(run, 3);
  expect(job(run, "a")).toMatchObject({ status: "failure", reason: "step_failed", message: "no" });
});

test("an approval that is declined ends what waits for it, and one that is given lets it go (R-APR-3)", () => {
  const hold = control("hold", { kind: "approval" });
  const run = aRunOf(
    [hold, aJob("after", { needs: ["hold"] })],
    [{ ...hold, name: "other" }, aJob("go", { needs: ["other"] })],
  );
  advance(run, 1);
  expect(run.workflows.map(({ status }) => status)).toEqual(["on_hold", "on_hold"]);
  job(run, "hold").cancellation = { at: 2, reason: "by_user", message: "not approved" };
  job(run, "other", 1).approval = { at: 2, by: "ada", sha: "", note: null };
  advance(run, 2);
  expect(states(run)).toBe("hold canceled, after skipped, other success, go queued");
});
