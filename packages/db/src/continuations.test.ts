import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { createAttempts } from "./attempts.ts";
import { requestCancel } from "./cancellations.ts";
import {
  acceptContinuation,
  getContinuation,
  isContinuationDue,
  openContinuation,
  storeContinuation,
} from "./continuations.ts";
import { acceptDelivery } from "./deliveries.ts";
import { continuedPipelines } from "./due.ts";
import { moveJob } from "./job-states.ts";
import { claimAttempt } from "./leases.ts";
import { connectionOf } from "./open-db.ts";
import { getPipeline } from "./pipelines.ts";
import { storePlan } from "./plans.ts";
import { requestFreshRerun } from "./reruns.ts";
import { readKeyRing, type KeySource } from "./sealing/key-ring.ts";
import { beginRotation, ensureKey, keyState, retireOlderKeys } from "./sealing/rotation.ts";
import { aPush, temporaryDb, type TemporaryDb } from "./testing/index.ts";
import { continuationKey, sealAnew } from "./unsealing/index.ts";
import { listWorkflows, loadWorkflow } from "./workflows.ts";

let temporary: TemporaryDb;
let pipelineId: number;
let attemptId: number;
let now: number;
beforeEach(() => {
  temporary = temporaryDb();
  const { db } = temporary;
  ({ pipelineId } = acceptDelivery(db, aPush()));
  now = getPipeline(db, pipelineId)!.createdAt + 1000;
  const plan = { workflows: [{ ...aWorkflow(aJob("setup")), setup: true as const }], setup: true };
  const { workflowIds } = storePlan(db, pipelineId, plan, { warnings: [], now });
  openContinuation(db, pipelineId, { triggerArguments: { p: 1 }, overriding: ["p"] });
  const { job } = loadWorkflow(db, workflowIds[0]!).jobs[0]!;
  moveJob(db, job.id, "blocked", { status: "queued", at: now });
  [attemptId = 0] = createAttempts(db, job.id, { nodeTotal: 1, now, label: "default" });
  claimAttempt(db, attemptId, "owner", now, 1000);
});
afterEach(() => temporary.remove());

const canceled = { kind: "canceled", reason: "by_user", message: "Canceled by ada." } as const;

const ask = (over: object = {}, at = now) =>
  acceptContinuation(
    temporary.db,
    { pipelineId, attemptId, epoch: 1, configuration: "text", parameters: { q: 1, r: true }, ...over },
    at,
  );

test("a pipeline is continued once, and stays due until its workflows are stored (R-DYN-4, R-DYN-9, R-DYN-12)", () => {
  const { db } = temporary;
  expect(ask()).toEqual({ kind: "accepted" });
  expect(ask({ parameters: { r: true, q: 1 } })).toEqual({ kind: "repeated" });
  expect(ask({ configuration: "other" })).toMatchObject({ kind: "refused", status: 410 });
  expect(continuedPipelines(db, 10)).toEqual([pipelineId]);
  expect(isContinuationDue(getContinuation(db, pipelineId)!)).toBe(true);

  const plan = { workflows: [aWorkflow(aJob("next"))], setup: false };
  const stored = storeContinuation(db, pipelineId, { kind: "compiled", plan, warnings: [] }, now);

  expect(stored).toHaveLength(1);
  expect(listWorkflows(db, pipelineId)).toHaveLength(2);
  expect(continuedPipelines(db, 10)).toEqual([]);
  expect(storeContinuation(db, pipelineId, canceled, now)).toBeUndefined();
  expect(ask()).toEqual({ kind: "repeated" });
});

test("only the owner of a running attempt may continue, within six hours, what nobody canceled (R-DYN-4, R-DYN-5)", () => {
  const { db } = temporary;
  expect(ask({ epoch: 0 })).toBe("stale");
  expect(ask({ parameters: { p: 2 } })).toMatchObject({ kind: "refused", status: 400 });
  expect(ask({}, now + 6 * 3_600_000)).toMatchObject({ kind: "refused", status: 410 });
  requestCancel(db, { pipelineId }, { reason: "by_user", message: "Canceled by ada.", at: now });
  expect(ask()).toMatchObject({ kind: "refused", status: 410, message: "The pipeline is canceled." });
  expect(getContinuation(db, pipelineId)).toMatchObject({ acceptedAt: null, configuration: null });
});

test("a config that cannot be run leaves its reason and its diagnostics (R-DYN-9)", () => {
  const { db } = temporary;
  ask();
  const reason = "config_invalid" as const;
  storeContinuation(db, pipelineId, { kind: "rejected", reason, message: "no", diagnostics: [] }, now);
  expect(getContinuation(db, pipelineId)!.rejection).toEqual({ status: "error", reason, message: "no" });
  expect(listWorkflows(db, pipelineId)).toHaveLength(1);
});

test("the key is one for a pipeline, sealed, and lives through a rotation (R-DYN-2)", () => {
  const { db } = temporary;
  const source: KeySource = { kind: "file", file: join(dirname(temporary.file), "encryption-key") };
  ensureKey(db, source);
  const key = continuationKey(db, readKeyRing(source), pipelineId).reveal();
  expect(key).toHaveLength(43);
  const stored = connectionOf(db)
    .sqlite.prepare("select cast(sealed as text) as sealed from continuations")
    .get();
  expect(JSON.stringify(stored)).not.toContain(key);

  beginRotation(db, source, { tokenId: null, tokenName: "ada", ip: null, at: 1 });
  expect(keyState(db, source).remaining).toBe(1);
  expect(sealAnew(db, source, { limit: 10 })).toMatchObject({ changed: 1, unreadable: [] });
  expect(retireOlderKeys(db, source)).toBe(true);

  expect(continuationKey(db, readKeyRing(source), pipelineId).reveal()).toBe(key);
});

test("a pipeline that was continued is not compiled afresh (R-DYN-4)", () => {
  const { db } = temporary;
  ask();
  storeContinuation(db, pipelineId, canceled, now);
  connectionOf(db).sqlite.prepare("update pipelines set status = 'success', finished_at = 1").run();
  const refusal = requestFreshRerun(db, pipelineId, { by: "ada", statusTargetBase: "http://fmg.test", now });
  expect(refusal).toContain("was continued already");
});
