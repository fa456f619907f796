import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { adoptAttempt, claimAttempt, listSamples, listSteps, loadWorkflow, setSteps } from "@fmg/db";
import { advanceWorkflow } from "../advance/advance-workflow.ts";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { createScribe, type Scribe } from "./scribe.ts";

let kit: TestServices;
let scribe: Scribe;
beforeEach(() => {
  kit = testServices();
  scribe = createScribe(kit.services);
});
afterEach(() => {
  scribe.close();
  return kit.close();
});

function aRunningAttempt(): { attemptId: number; epoch: number; pipelineId: number } {
  const { services } = kit;
  const { pipelineId, workflowIds } = aStoredPipeline(services, aWorkflow(aJob("a")));
  advanceWorkflow(services, workflowIds[0]!);
  const attemptId = loadWorkflow(services.db, workflowIds[0]!).jobs[0]!.attempts[0]!.id;
  const claim = claimAttempt(services.db, attemptId, services.owner, services.now(), 1000);
  if (typeof claim === "string") throw new Error(claim);
  setSteps(services.db, attemptId, claim.epoch, [
    { index: 0, name: "Spin up environment", kind: "setup", background: false },
    { index: 1, name: "true", kind: "run", background: false },
  ]);
  return { attemptId, epoch: claim.epoch, pipelineId };
}

const bytes = (text: string) => new TextEncoder().encode(text);

async function stored(attemptId: number, step: number, length: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of kit.services.logs.read(attemptId, step, 0, length)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("readers are shown bytes when their checkpoint is committed, and all of them when the step has finished", async () => {
  const attempt = aRunningAttempt();
  const report = scribe.open({ ...attempt, storedLengths: new Map(), onStale: () => {} });
  await report({ kind: "step-started", step: 1, at: 1 });
  await report({ kind: "log", step: 1, bytes: bytes("one "), rawOffset: 4, at: 2 });
  expect(listSteps(kit.services.db, attempt.attemptId)[1]).toMatchObject({
    status: "running",
    storedLength: 0,
  });
  scribe.flush();
  expect(listSteps(kit.services.db, attempt.attemptId)[1]).toMatchObject({ storedLength: 4, rawOffset: 4 });
  await report({ kind: "log", step: 1, bytes: bytes("two"), rawOffset: 9, at: 3 });
  await report({ kind: "step-finished", step: 1, outcome: { status: "success" }, exitCode: 0, at: 4 });
  expect(listSteps(kit.services.db, attempt.attemptId)[1]).toMatchObject({
    status: "success",
    storedLength: 7,
    rawOffset: 9,
    exitCode: 0,
  });
  expect(await stored(attempt.attemptId, 1, 7)).toBe("one two");
});

test("samples are stored with the next commit, and those of an owner who lost the attempt are not", async () => {
  const attempt = aRunningAttempt();
  const report = scribe.open({ ...attempt, storedLengths: new Map(), onStale: () => {} });
  const sample = { step: 1, at: 5, cpuMs: 70, memoryBytes: 4096 };
  await report({ kind: "usage", ...sample });
  scribe.flush();
  expect(listSamples(kit.services.db, attempt.attemptId)).toEqual([sample]);
  adoptAttempt(kit.services.db, attempt.attemptId, "successor", () => true, kit.services.now(), 1000);
  await report({ kind: "usage", ...sample, at: 6 });
  scribe.flush();
  expect(listSamples(kit.services.db, attempt.attemptId)).toEqual([sample]);
});

test("a step that finishes before its start was heard is still recorded as it ended", async () => {
  const attempt = aRunningAttempt();
  const report = scribe.open({ ...attempt, storedLengths: new Map(), onStale: () => {} });
  const outcome = { status: "failure", reason: "step_failed", message: "exit status 7" } as const;
  await report({ kind: "step-finished", step: 1, outcome, exitCode: 7, at: 4 });
  expect(listSteps(kit.services.db, attempt.attemptId)[1]).toMatchObject({ status: "failure", exitCode: 7 });
});

test("who lost the lease is told so by its first checkpoint, and changes nothing any more", async () => {
  const attempt = aRunningAttempt();
  let stale = 0;
  const report = scribe.open({ ...attempt, storedLengths: new Map(), onStale: () => (stale += 1) });
  const adopted = adoptAttempt(
    kit.services.db,
    attempt.attemptId,
    "successor",
    () => true,
    kit.services.now(),
    1000,
  );
  expect(typeof adopted).toBe("object");
  await report({ kind: "log", step: 1, bytes: bytes("late"), rawOffset: 4, at: 2 });
  scribe.flush();
  expect(stale).toBe(1);
  await report({ kind: "step-finished", step: 1, outcome: { status: "success" }, exitCode: 0, at: 4 });
  expect(listSteps(kit.services.db, attempt.attemptId)[1]).toMatchObject({
    status: "pending",
    storedLength: 0,
  });
});
