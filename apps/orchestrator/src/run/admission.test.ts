import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { BuildJobPlan } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import {
  claimAttempt,
  finishAttempt,
  getAttempt,
  inTransaction,
  listJobs,
  loadWorkflow,
  requestStop,
} from "@fmg/db";
import { advanceWorkflow } from "../advance/advance-workflow.ts";
import { releaseWaiting } from "../advance/release-attempts.ts";
import {
  aStoredPipeline,
  aStoredPipelineOf,
  testServices,
  type TestServices,
} from "../testing/test-services.ts";
import { admit } from "./admission.ts";

let kit: TestServices;
beforeEach(() => {
  // Of 4 cores and 16 GiB.
  kit = testServices();
});
afterEach(() => kit.close());

/** Queues the jobs, each a second after the one before, and returns their attempts in order. */
function queue(...jobs: BuildJobPlan[]): number[] {
  return jobs.map((job) => {
    kit.advanceTime(1000);
    const [workflowId = 0] = aStoredPipeline(kit.services, aWorkflow(job)).workflowIds;
    advanceWorkflow(kit.services, workflowId);
    return loadWorkflow(kit.services.db, workflowId).jobs[0]!.attempts[0]!.id;
  });
}

/** Takes an attempt if there is room for it; the reason if there is none. */
function take(attemptId: number, owner = "test-owner"): string {
  const { db, now } = kit.services;
  return inTransaction(db, () => {
    const attempt = getAttempt(db, attemptId)!;
    const place = admit(kit.services, attemptId, { demand: attempt, cores: attempt.cpus });
    if ("reason" in place) return place.reason;
    const claim = claimAttempt(db, attemptId, owner, now(), 1000, place);
    return typeof claim === "string" ? claim : `on ${place.cpuset ?? "all cores"}`;
  });
}

function end(attemptId: number): void {
  const { db, now } = kit.services;
  finishAttempt(db, { attemptId }, { status: "success", at: now() });
}

const medium = (name: string) => aJob(name, { resourceClass: "medium" });
const large = (name: string) => aJob(name, { resourceClass: "large" });

test("jobs that name a class never take more cores than the host has, whoever carries them out (R-RC-3)", () => {
  const [a = 0, b = 0, c = 0] = queue(medium("a"), medium("b"), medium("c"));
  expect(take(a)).toBe("on 0,1");
  expect(take(b, "another-orchestrator")).toBe("on 2,3");
  expect(take(c)).toBe("at_limit");
  end(a);
  expect(take(c)).toBe("on 0,1");
});

test("a class larger than the host runs alone, and so always runs", () => {
  const [huge = 0, small = 0] = queue(
    aJob("huge", { resourceClass: "2xlarge+" }),
    aJob("s", { resourceClass: "small" }),
  );
  expect(take(huge)).toBe("on all cores");
  expect(take(small)).toBe("at_limit");
});

test("an attempt that waits says why, on its job too, and is handed over when there is room", () => {
  const [a = 0, b = 0] = queue(large("a"), large("b"));
  take(a);
  releaseWaiting(kit.services);
  const message = "Waits for room: it takes 4 CPUs and 8192 MB of memory, and jobs share 4 CPUs and 16384 MB";
  expect(getAttempt(kit.services.db, b)).toMatchObject({
    status: "queued",
    reason: "at_limit",
    message: expect.stringContaining(message),
  });
  const jobs = listJobs(kit.services.db, { pipelineId: 2 });
  expect(jobs[0]?.job).toMatchObject({ status: "queued", reason: "at_limit" });
  end(a);
  kit.nudges.length = 0;
  releaseWaiting(kit.services);
  expect(kit.nudges).toEqual([{ queue: "jobs", label: "default", attemptId: b }]);
  take(b);
  expect(getAttempt(kit.services.db, b)).toMatchObject({ status: "running", reason: null, message: null });
});

test("small jobs overtake a large one that waits for room, but not for ever", () => {
  const [running = 0, waiting = 0] = queue(medium("a"), large("b"));
  take(running);
  const [early = 0] = queue(medium("c"));
  expect(take(early)).toBe("on 2,3");
  end(early);
  kit.advanceTime(60_000);
  const [late = 0] = queue(medium("d"));
  expect(take(late)).toBe("at_limit");
  end(running);
  expect(take(late)).toBe("at_limit");
  expect(take(waiting)).toBe("on all cores");
});

test("an attempt that is wished canceled keeps no room from the others", () => {
  const [a = 0, b = 0] = queue(large("a"), large("b"));
  const wish = { at: 1, reason: "by_user", message: "canceled" } as const;
  requestStop(kit.services.db, getAttempt(kit.services.db, a)!.jobId, wish);
  expect(take(b)).toBe("on all cores");
});

/** Queues jobs of another project or branch. */
function queueOf(of: { name?: string; branch?: string }, ...jobs: BuildJobPlan[]): number[] {
  const [workflowId = 0] = aStoredPipelineOf(kit.services, of, aWorkflow(...jobs)).workflowIds;
  advanceWorkflow(kit.services, workflowId);
  return loadWorkflow(kit.services.db, workflowId).jobs.map(({ attempts }) => attempts[0]!.id);
}

test("a project's many jobs, however many, do not keep out another's one", () => {
  const crowd = queueOf({}, ...Array.from({ length: 150 }, (_, at) => medium(`job-${at}`)));
  expect(take(crowd[0]!)).toBe("on 0,1");
  kit.advanceTime(1000);
  const [late = 0] = queueOf({ name: "other" }, medium("late"));
  expect(take(crowd[1]!)).toBe("at_limit");
  expect(take(late)).toBe("on 2,3");
});

test("the operator's priorities and shares say who goes first", async () => {
  await kit.close();
  kit = testServices({ env: { FMG_PRIORITIES: "octo/*@main=1", FMG_PROJECT_SHARES: "octo/big=3" } });
  const dev = queueOf({ branch: "dev" }, medium("a"), medium("b"));
  const big = queueOf({ branch: "dev", name: "big" }, medium("a"), medium("b"));
  kit.advanceTime(1000);
  const [release = 0] = queueOf({ branch: "main" }, medium("release"));
  kit.nudges.length = 0;
  releaseWaiting(kit.services);
  const released = () => kit.nudges.map((message) => "attemptId" in message && message.attemptId);
  expect(released()).toEqual([release, big[0]]);
  take(release);
  take(big[0]!);
  end(release);
  kit.nudges.length = 0;
  releaseWaiting(kit.services);
  expect(released()).toEqual([dev[0]]);
});

test("who waits is told a place, and a start by how long the jobs before took in earlier pipelines", () => {
  const { db } = kit.services;
  const [earlier = 0] = queue(large("a"));
  take(earlier);
  kit.advanceTime(40_000);
  end(earlier);
  const [running = 0, next = 0, last = 0] = queue(large("a"), large("a"), large("new"));
  take(running);
  const startedAt = kit.services.now();
  kit.advanceTime(10_000);
  releaseWaiting(kit.services);
  expect(getAttempt(db, next)).toMatchObject({ queuePlace: 1, startsAt: startedAt + 40_000 });
  expect(getAttempt(db, last)).toMatchObject({ queuePlace: 2, startsAt: startedAt + 80_000 });
  const [behind = 0] = queue(large("a"));
  releaseWaiting(kit.services);
  expect(getAttempt(db, behind)).toMatchObject({ queuePlace: 3, startsAt: null });
});
