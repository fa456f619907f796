import { describe, expect, test } from "@jest/globals";
import { isFinal, isLegalMove, type Status } from "../status.ts";
import { aJob, aRequirement, aWorkflow } from "../testing/index.ts";
import { dueJobMoves, type JobState } from "./ready-jobs.ts";

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

  test("an approval goes on hold and a no-op succeeds by itself (R-APR-1)", () => {
    const { executor: _e, steps: _s, ...base } = aJob("hold");
    const plan = aWorkflow({ ...base, kind: "approval" }, { ...base, name: "noop", kind: "no-op" });
    expect(dueJobMoves(plan, states({ hold: "blocked", noop: "blocked" }))).toMatchObject([
      { job: "hold", to: "on_hold" },
      { job: "noop", to: "success" },
    ]);
  });
});

/** Small deterministic generator, so that a failing seed can be run again. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("random graphs always end, and no job starts before its requirements, in whatever order jobs end", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = randomNumbers(seed);
    const names = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, i) => `j${i}`);
    const plan = aWorkflow(
      ...names.map((name, i) => aJob(name, { needs: names.slice(0, i).filter(() => random() < 0.4) })),
    );
    const now = states(Object.fromEntries(names.map((name) => [name, "blocked" as const])));
    for (let round = 0; ; round++) {
      expect(round).toBeLessThan(100);
      const moves = dueJobMoves(plan, now);
      for (const move of moves) {
        const from = now.get(move.job)!.status;
        expect(isLegalMove("job", from, move.to)).toBe(true);
        if (move.to === "queued") {
          const job = plan.jobs.find((candidate) => candidate.name === move.job)!;
          for (const requirement of job.requires) expect(now.get(requirement.job)!.status).toBe("success");
        }
        now.set(move.job, { status: move.to });
      }
      const active = names.filter((name) => now.get(name)!.status === "queued");
      const ending = active[Math.floor(random() * active.length)];
      if (ending === undefined && moves.length === 0) break;
      if (ending !== undefined) now.set(ending, { status: random() < 0.7 ? "success" : "failure" });
    }
    for (const [name, state] of now) expect([name, isFinal(state.status)]).toEqual([name, true]);
  }
});
