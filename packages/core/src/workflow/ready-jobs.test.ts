import { describe, expect, test } from "@jest/globals";
import type { Status } from "../status.ts";
import { aJob, aRequirement, aWorkflow } from "../testing/index.ts";
import { circleciStatus, dueJobMoves, type JobState } from "./ready-jobs.ts";

function states(entries: Record<string, Status>): Map<string, JobState> {
  return new Map(Object.entries(entries).map(([name, status]) => [name, { status }]));
}

describe("which jobs may start (R-REQ-4)", () => {
  test("a job without requirements is queued at once", () => {
    expect(dueJobMoves(aWorkflow(aJob("build")), states({ build: "blocked" }))).toEqual([
      { job: "build", to: "queued" },
    ]);
  });

  test("a job waits until every requirement has ended", () => {
    const plan = aWorkflow(aJob("a"), aJob("b"), aJob("c", { needs: ["a", "b"] }));
    expect(dueJobMoves(plan, states({ a: "success", b: "running", c: "blocked" }))).toEqual([]);
    expect(dueJobMoves(plan, states({ a: "success", b: "success", c: "blocked" }))).toEqual([
      { job: "c", to: "queued" },
    ]);
  });

  test("a job whose requirement failed is skipped at once, with the place that says so", () => {
    const plan = aWorkflow(aJob("a"), aJob("b"), aJob("c", { needs: ["a", "b"] }));
    const [move] = dueJobMoves(plan, states({ a: "failure", b: "running", c: "blocked" }));
    expect(move).toMatchObject({ job: "c", to: "skipped", reason: "upstream_failed" });
    expect(move?.message).toContain(".circleci/config.yml:1:1");
  });

  test.each([
    ["failed", "failure", "queued"],
    ["failed", "success", "skipped"],
    ["canceled", "canceled", "queued"],
    ["not_run", "skipped", "queued"],
    ["failed", "error", "queued"],
  ] as const)("requires %s and the job ended as %s: %s (R-REQ-2)", (asked, ended, to) => {
    const plan = aWorkflow(aJob("a"), aJob("b", { requires: [aRequirement("a", asked)] }));
    expect(dueJobMoves(plan, states({ a: ended, b: "blocked" }))).toMatchObject([{ job: "b", to }]);
  });

  test.each([
    ["success", "queued"],
    ["canceled", "skipped"],
  ] as const)(
    "what requires an approval or a job that was halted, when that ended as %s, is %s (R-REQ-9)",
    (ended, to) => {
      const plan = aWorkflow(aJob("hold"), aJob("after", { needs: ["hold"] }));
      const halted = { status: ended, ...(ended === "success" ? { reason: "halted" as const } : {}) };
      const now = new Map<string, JobState>([
        ["hold", halted],
        ["after", { status: "blocked" }],
      ]);
      expect(dueJobMoves(plan, now)).toMatchObject([{ job: "after", to }]);
    },
  );

  test.each([
    ["failure", "timed_out", "failed"],
    ["failure", "oom_killed", "failed"],
    ["error", "runner_lost", "failed"],
    ["error", "image_pull_failed", "failed"],
    ["error", "unauthorized", "unauthorized"],
  ] as const)(
    "%s with the reason %s is %s for those that require the job (R-JST-1)",
    (status, reason, word) => {
      expect(circleciStatus(status, reason)).toBe(word);
    },
  );

  test("an approval goes on hold and a no-op succeeds by itself (R-APR-1, R-NOOP-1)", () => {
    const { executor: _e, steps: _s, ...base } = aJob("hold");
    const plan = aWorkflow({ ...base, kind: "approval" }, { ...base, name: "noop", kind: "no-op" });
    expect(dueJobMoves(plan, states({ hold: "blocked", noop: "blocked" }))).toMatchObject([
      { job: "hold", to: "on_hold" },
      { job: "noop", to: "success" },
    ]);
  });
});
