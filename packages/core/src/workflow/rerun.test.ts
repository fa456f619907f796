import { expect, test } from "@jest/globals";
import type { Status } from "../status.ts";
import { aJob, aRequirement, aWorkflow } from "../testing/builders.ts";
import { currentWorkflows, pinImages, planRerun, type RerunWish } from "./rerun.ts";

const nowhere = aJob("x").range;
const persisting = {
  kind: "persist-to-workspace",
  name: "p",
  when: "on_success",
  root: ".",
  paths: ["x"],
  range: nowhere,
} as const;
const leftOut = {
  reason: "filtered_out",
  message: "not on this branch",
  rule: "R-FLT-4",
  range: nowhere,
} as const;

/** build → test → deploy, notify when test failed; lint stands alone, and nightly is left out. */
const plan = aWorkflow(
  aJob("build", { steps: [persisting] }),
  aJob("test", { needs: ["build"] }),
  aJob("deploy", { needs: ["test"] }),
  aJob("notify", { requires: [aRequirement("test", "failed")] }),
  aJob("lint"),
  aJob("nightly", { leftOut }),
);
const ended = {
  build: "success",
  test: "failure",
  deploy: "skipped",
  notify: "success",
  lint: "success",
  nightly: "skipped",
} as const;
const DAY = 86_400_000;

function runs(wish: RerunWish, statuses: Partial<Record<string, Status>> = {}, now = 10) {
  const jobs = Object.entries({ ...ended, ...statuses }).map(([name, status]) => ({
    name,
    status,
    finishedAt: 5,
  }));
  const planned = planRerun(plan, jobs, wish, now);
  return planned.kind === "refused" ? planned.message : [...planned.runs].sort();
}

test("from the start everything runs again but what is left out; from failed what did not succeed (R-RR-1)", () => {
  expect(runs({ from: "start" })).toEqual(["build", "deploy", "lint", "notify", "test"]);
  expect(runs({ from: "failed" })).toEqual(["deploy", "test"]);
  expect(runs({ from: "failed" }, { lint: "canceled" })).toEqual(["deploy", "lint", "test"]);
});

test("one job runs again with what follows it and did not succeed; everything else stands as it ended", () => {
  expect(runs({ from: "job", job: "test" })).toEqual(["deploy", "test"]);
  expect(runs({ from: "job", job: "lint" })).toEqual(["lint"]);
  expect(runs({ from: "job", job: "nightly" })).toMatch(/left out/);
});

test("a job of a job group with a serial group runs again with the whole group, and the lock is taken anew (R-JG-6)", () => {
  const control = (name: string, kind: "lock" | "unlock" | "no-op", needs: string[]) => {
    const { executor: _e, steps: _s, ...base } = aJob(name, { needs });
    return { ...base, kind, ...(kind === "no-op" ? {} : { lockKey: "prod" }) };
  };
  const grouped = aWorkflow(
    aJob("build"),
    control("deploy-group-start", "lock", ["build"]),
    aJob("migrate", { needs: ["deploy-group-start"] }),
    aJob("roll-out", { needs: ["deploy-group-start"] }),
    control("deploy-group-end", "no-op", ["migrate", "roll-out"]),
    control("deploy-unlock", "unlock", ["deploy-group-end"]),
    aJob("tell", { needs: ["deploy-group-end"] }),
  );
  const group = ["deploy-group-end", "deploy-group-start", "deploy-unlock", "migrate", "roll-out"];
  const again = (wish: RerunWish, failed?: string) => {
    const jobs = grouped.jobs.map(({ name }) => {
      return { name, status: name === failed ? "failure" : "success", finishedAt: 5 } as const;
    });
    const planned = planRerun(grouped, jobs, wish, 10);
    return planned.kind === "refused" ? planned.message : [...planned.runs].sort();
  };
  expect(again({ from: "job", job: "migrate" })).toEqual(group);
  expect(again({ from: "failed" }, "roll-out")).toEqual(group);
  expect(again({ from: "job", job: "tell" })).toEqual(["tell"]);
});

test("a workflow that goes on, or of which nothing failed, is not started again", () => {
  expect(runs({ from: "start" }, { lint: "running" })).toMatch(/"lint" of it has not ended/);
  expect(runs({ from: "failed" }, { test: "success", deploy: "success", notify: "skipped" })).toMatch(
    /none of its jobs failed/,
  );
});

test("from failed is refused once the workspace of what succeeded is gone, from the start is not (R-WS-8)", () => {
  expect(runs({ from: "failed" }, {}, 5 + 15 * DAY)).toMatch(/what "build" persisted is gone after 15 days/);
  expect(runs({ from: "start" }, {}, 5 + 15 * DAY)).toContain("build");
});

test("images are pinned by their place to what they were, and a job that never ran stays as it is", () => {
  const pinned = pinImages(aWorkflow(aJob("a"), aJob("b")), new Map([["a", new Map([[0, "img@sha256:1"]])]]));
  expect(pinned.jobs).toMatchObject([
    { executor: { images: [{ image: "fmg-test/busybox:local", pinned: "img@sha256:1" }] } },
    { executor: { images: [{ image: "fmg-test/busybox:local" }] } },
  ]);
  expect(JSON.stringify(pinned.jobs[1])).not.toContain("pinned");
});

test("of each line of reruns the newest workflow counts", () => {
  const rows = [
    { id: 1, rerunOf: null },
    { id: 2, rerunOf: null },
    { id: 3, rerunOf: 1 },
    { id: 4, rerunOf: 3 },
  ];
  expect(currentWorkflows(rows).map(({ id }) => id)).toEqual([4, 2]);
});
