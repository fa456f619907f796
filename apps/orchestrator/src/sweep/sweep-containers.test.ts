import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { claimAttempt, finishAttempt, keepUntil, loadWorkflow } from "@fmg/db";
import { fakeEngine } from "@fmg/runner/testing";
import { advanceWorkflow } from "../advance/advance-workflow.ts";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { countLeaks, sweepContainers } from "./sweep-containers.ts";

const engine = fakeEngine();
const soon = AbortSignal.timeout(60_000);
let kit: TestServices;
beforeEach(() => {
  kit = testServices({ engine });
});
afterEach(() => kit.close());

/** A running attempt. */
function anAttempt(): { attemptId: number; end: () => void } {
  const { db, now, owner } = kit.services;
  const [workflowId = 0] = aStoredPipeline(kit.services, aWorkflow(aJob("a"))).workflowIds;
  advanceWorkflow(kit.services, workflowId);
  const attemptId = loadWorkflow(db, workflowId).jobs[0]!.attempts[0]!.id;
  claimAttempt(db, attemptId, owner, now(), 1000);
  return { attemptId, end: () => finishAttempt(db, { attemptId }, { status: "success", at: now() }) };
}

async function inDocker(attemptId: number, suffix = "", instance = "test-services"): Promise<void> {
  const labels = { "fmg.instance": instance, "fmg.attempt": String(attemptId) };
  await engine.createVolume(`fmg-${instance}-a${attemptId}${suffix}`, labels, soon);
}

async function names(): Promise<string[]> {
  const all = await Promise.all(
    ["test-services", "other"].map((instance) => engine.listLabelled(`fmg.instance=${instance}`, soon)),
  );
  return all.flat().map(({ name }) => name);
}

test("what bears our name goes when its attempt has ended or was never known, and nothing else does", async () => {
  const running = anAttempt();
  const ended = anAttempt();
  ended.end();
  await inDocker(running.attemptId);
  await inDocker(ended.attemptId);
  await inDocker(ended.attemptId, "-s1");
  await inDocker(4711);
  await inDocker(4711, "", "other");

  await sweepContainers(kit.services);

  expect(await names()).toEqual([`fmg-test-services-a${running.attemptId}`, "fmg-other-a4711"]);
});

test("what is there a minute after its attempt's end counts as a leak, until it is swept", async () => {
  const { attemptId, end } = anAttempt();
  await sweepContainers(kit.services);
  await inDocker(attemptId);
  end();
  expect(await countLeaks(kit.services)).toBe(0);
  kit.advanceTime(60_000);
  expect(await countLeaks(kit.services)).toBe(1);
  await sweepContainers(kit.services);
  expect(await countLeaks(kit.services)).toBe(0);
});

test("what is kept for a person stays until its time is up, and is no leak", async () => {
  const { attemptId, end } = anAttempt();
  const name = `fmg-test-services-a${attemptId}`;
  await inDocker(attemptId);
  end();
  keepUntil(kit.services.db, attemptId, kit.services.now() + 600_000);
  kit.advanceTime(599_000);
  await sweepContainers(kit.services);
  expect(await names()).toContain(name);
  expect(await countLeaks(kit.services)).toBe(0);
  kit.advanceTime(1000);
  await sweepContainers(kit.services);
  expect(await names()).not.toContain(name);
});
