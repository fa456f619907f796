import { describe, expect, test } from "@jest/globals";
import type { JobPlan } from "../plan/pipeline-plan.ts";
import { aJob, aRequirement } from "../testing/builders.ts";
import { causesOf, type TellingStep, type WhyJob } from "./why.ts";

const none = { reason: null, message: null, approval: null };
const aRow = (name: string, own: Partial<WhyJob> = {}): WhyJob => ({
  name,
  status: "success",
  ...none,
  ...own,
});
const aStep = (own: Partial<TellingStep>): TellingStep => ({
  name: "npm test",
  nodeIndex: 0,
  status: "success",
  reason: null,
  message: null,
  exitCode: null,
  ...own,
});
const test1 = aRow("test", { status: "failure", reason: "step_failed", message: "npm test: exit code 1" });

function why(plan: JobPlan, own: Partial<WhyJob>, jobs: WhyJob[] = [], steps: TellingStep[] = []) {
  const job = aRow(plan.name, own);
  return causesOf({ plan, job, jobs: [job, ...jobs], steps });
}

describe("why a job is as it is, as data and as a sentence", () => {
  const place = ".circleci/config.yml:1:1";

  test("blocked: by each requirement that has not ended (R-REQ-4)", () => {
    const plan = aJob("deploy", { needs: ["test", "lint"] });
    const jobs = [aRow("test"), aRow("lint", { status: "running" })];
    expect(why(plan, { status: "blocked" }, jobs)).toEqual([
      {
        kind: "requires",
        rule: "R-REQ-4",
        range: plan.range,
        job: "lint",
        status: "running",
        message: `waits for "lint" (${place}), which is running`,
      },
    ]);
  });

  test("skipped: by the requirement that is not met, and by what became of that job", () => {
    const plan = aJob("deploy", { requires: [aRequirement("test"), aRequirement("lint")] });
    expect(why(plan, { status: "skipped", reason: "upstream_failed" }, [test1, aRow("lint")])).toMatchObject([
      {
        kind: "requires",
        job: "test",
        status: "failure",
        reason: "step_failed",
        message: `requires "test" to be success (${place}), and it ended as failure: npm test: exit code 1`,
      },
    ]);
  });

  test("skipped: by the filter or condition, with its rule, its place and the value", () => {
    const leftOut = { reason: "filtered_out", message: 'branch "dev" …', rule: "R-FLT-4" } as const;
    const plan = aJob("deploy", { leftOut: { ...leftOut, range: aJob("x").range } });
    expect(why(plan, { status: "skipped" })).toMatchObject([
      { kind: "left-out", ...leftOut, range: plan.range },
    ]);
  });

  test("on hold, queued and canceled: by whom or what it waits for or was stopped (R-APR-3)", () => {
    const plan = aJob("hold");
    expect(why(plan, { status: "on_hold" })).toMatchObject([{ kind: "hold", rule: "R-APR-3" }]);
    const atLimit = { status: "queued", reason: "at_limit", message: "Waits for 4 cores." } as const;
    expect(why(plan, atLimit)).toEqual([{ kind: "wait", reason: "at_limit", message: "Waits for 4 cores." }]);
    const canceled = { status: "canceled", reason: "by_user", message: 'canceled by "ada"' } as const;
    expect(why(plan, canceled)).toEqual([
      { kind: "cancel", reason: "by_user", message: 'canceled by "ada"' },
    ]);
    const approval = { at: 1, by: "ada", sha: "a", note: null };
    expect(why(plan, { approval })).toMatchObject([{ kind: "approval", by: "ada" }]);
  });

  test("failed: by each step that failed, else by what the platform says; and which caches it missed", () => {
    const miss = aStep({ name: "restore", reason: "cache_missed", message: '"lock" has changed' });
    const failed = aStep({ status: "failure", exitCode: 1, nodeIndex: 2 });
    expect(why(aJob("test"), test1, [], [failed, miss])).toMatchObject([
      {
        kind: "step",
        message: 'step "npm test" failed with exit code 1',
        step: { nodeIndex: 2, exitCode: 1 },
      },
      { kind: "cache", message: 'step "restore": "lock" has changed' },
    ]);
    const pull = { status: "error", reason: "image_pull_failed", message: "no such image" } as const;
    expect(why(aJob("test"), pull)).toEqual([
      { kind: "platform", reason: "image_pull_failed", message: "no such image" },
    ]);
    expect(why(aJob("test"), {})).toEqual([]);
  });
});
