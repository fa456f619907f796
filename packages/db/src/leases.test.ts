import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import {
  commitCheckpoints,
  createAttempts,
  finishAttempt,
  getAttempt,
  listSteps,
  setSteps,
} from "./attempts.ts";
import { requestStop } from "./cancellations.ts";
import { acceptDelivery } from "./deliveries.ts";
import { moveAttempt, moveStep } from "./job-states.ts";
import {
  adoptAttempt,
  claimAttempt,
  holdsLease,
  releaseLeases,
  renewLeases,
  runningAttempts,
  takeNamedLease,
} from "./leases.ts";
import { storePlan } from "./plans.ts";
import { aPush, temporaryDb, type TemporaryDb } from "./testing/builders.ts";
import { listJobs } from "./workflows.ts";

// A machine that does much else at the same time is slow, not wrong.
jest.setTimeout(60_000);

const run = promisify(execFile);
const TTL = 30_000;
const alive = () => false;
let temporary: TemporaryDb;
let attemptIds: number[];

function attempts(nodeTotal: number): number[] {
  const { db } = temporary;
  acceptDelivery(db, aPush());
  storePlan(db, 1, { workflows: [aWorkflow(aJob("build"))], setup: false }, { warnings: [], now: 1 });
  const job = listJobs(db, { pipelineId: 1 })[0]?.job;
  return createAttempts(db, job?.id ?? 0, { nodeTotal, now: 1, label: "default" });
}

beforeEach(() => {
  temporary = temporaryDb();
  attemptIds = attempts(3);
});
afterEach(() => temporary.remove());

test("a queued attempt is claimed once, and runs from then on", () => {
  const { db } = temporary;
  const [id = 0] = attemptIds;
  expect(claimAttempt(db, id, "a", 100, TTL)).toEqual({ epoch: 1 });
  expect(claimAttempt(db, id, "b", 100, TTL)).toBe("taken");
  expect(getAttempt(db, id)).toMatchObject({
    status: "running",
    owner: "a",
    startedAt: 100,
    leaseExpiresAt: 30_100,
  });
  expect(holdsLease(db, id, "a", 1)).toBe(true);
});

test("an attempt that is canceled, finished or unknown is not due", () => {
  const { db } = temporary;
  const [wished = 0, finished = 0] = attemptIds;
  moveAttempt(db, { attemptId: finished }, "queued", { status: "canceled", at: 60 });
  const wish = { at: 50, reason: "by_user", message: "canceled" } as const;
  requestStop(db, getAttempt(db, wished)!.jobId, wish);
  for (const id of [wished, finished, 999]) expect(claimAttempt(db, id, "a", 100, TTL)).toBe("not-due");
});

test("a living owner's attempt is not taken over; a dead, late or parted owner's is, under a new epoch", () => {
  const { db } = temporary;
  const [id = 0] = attemptIds;
  claimAttempt(db, id, "a", 100, TTL);
  expect(adoptAttempt(db, id, "b", alive, 200, TTL)).toBe("taken");
  expect(adoptAttempt(db, id, "b", (owner) => owner === "a", 200, TTL)).toEqual({ epoch: 2 });
  expect(adoptAttempt(db, id, "c", alive, 200 + TTL, TTL)).toEqual({ epoch: 3 });
  releaseLeases(db, "c");
  expect(getAttempt(db, id)).toMatchObject({ owner: null, leaseExpiresAt: null, status: "running" });
  expect(adoptAttempt(db, id, "d", alive, 300 + TTL, TTL)).toEqual({ epoch: 4 });
});

test("an attempt that does not run is not taken over", () => {
  const { db } = temporary;
  const [id = 0] = attemptIds;
  expect(adoptAttempt(db, id, "b", () => true, 200, TTL)).toBe("taken");
  claimAttempt(db, id, "a", 100, TTL);
  finishAttempt(db, { attemptId: id, epoch: 1 }, { status: "success", at: 150 });
  expect(adoptAttempt(db, id, "b", () => true, 200, TTL)).toBe("taken");
});

test("an owner renews the leases that are still its own", () => {
  const { db } = temporary;
  const [mine = 0, lost = 0] = attemptIds;
  for (const id of [mine, lost]) claimAttempt(db, id, "a", 100, TTL);
  adoptAttempt(db, lost, "b", () => true, 200, TTL);
  expect(renewLeases(db, "a", [mine, lost], 10_000, TTL)).toEqual([mine]);
  expect(runningAttempts(db)).toEqual([
    { attemptId: mine, owner: "a", expiresAt: 40_000, epoch: 1 },
    { attemptId: lost, owner: "b", expiresAt: 200 + TTL, epoch: 2 },
  ]);
});

test("nothing that an owner writes after it lost the attempt has an effect", () => {
  const { db } = temporary;
  const [id = 0] = attemptIds;
  claimAttempt(db, id, "a", 100, TTL);
  const header = { index: 0, name: "run", kind: "run", background: false };
  setSteps(db, id, 1, [header]);
  adoptAttempt(db, id, "b", () => true, 200, TTL);

  const stale = { attemptId: id, epoch: 1 };
  const checkpoint = { ...stale, step: 0, rawOffset: 10, storedLength: 10, at: 1 };
  expect(setSteps(db, id, 1, [{ ...header, index: 1 }])).toBe(false);
  expect(moveStep(db, { ...stale, index: 0 }, "pending", { status: "running", at: 1 })).toBe(false);
  expect(finishAttempt(db, stale, { status: "error", at: 1 })).toBe(false);
  expect(commitCheckpoints(db, [checkpoint])).toEqual([id]);
  expect(listSteps(db, id)).toMatchObject([{ status: "pending", rawOffset: 0, storedLength: 0 }]);
  expect(getAttempt(db, id)?.status).toBe("running");
  expect(commitCheckpoints(db, [{ ...checkpoint, epoch: 2 }])).toEqual([]);
});

test("however owners claim, die, adopt, renew and part, at most one holds an attempt, and epochs only grow", () => {
  const { db } = temporary;
  const owners = ["a", "b", "c"] as const;
  const action = fc.record({
    act: fc.constantFrom("claim", "adopt", "adopt-dead", "renew", "release", "write", "later"),
    owner: fc.constantFrom(...owners),
    node: fc.nat({ max: 2 }),
  });
  const held = new Map<string, number>();
  let now = 1_000;
  let epochs = new Map<number, number>();
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      for (const { act, owner, node } of actions) {
        const id = attemptIds[node] ?? 0;
        const key = `${owner}/${id}`;
        const before = getAttempt(db, id);
        if (act === "later") now += 20_000;
        if (act === "claim" || act === "adopt" || act === "adopt-dead") {
          const taken =
            act === "claim"
              ? claimAttempt(db, id, owner, now, TTL)
              : adoptAttempt(db, id, owner, () => act === "adopt-dead", now, TTL);
          if (typeof taken === "object") held.set(key, taken.epoch);
          if (act === "adopt" && typeof taken === "object") {
            expect(before?.owner === null || (before?.leaseExpiresAt ?? 0) <= now).toBe(true);
          }
        }
        if (act === "renew") {
          expect(renewLeases(db, owner, [id], now, TTL)).toEqual(before?.owner === owner ? [id] : []);
        }
        if (act === "release") releaseLeases(db, owner);
        if (act === "write") {
          const epoch = held.get(key);
          if (epoch === undefined) continue;
          expect(setSteps(db, id, epoch, [])).toBe(epoch === before?.epoch);
        }
        const current = new Map(
          attemptIds.map((attemptId) => [attemptId, getAttempt(db, attemptId)?.epoch ?? 0]),
        );
        for (const [attemptId, epoch] of current)
          expect(epoch).toBeGreaterThanOrEqual(epochs.get(attemptId) ?? 0);
        epochs = current;
        const holders = owners.filter((name) => holdsLease(db, id, name, held.get(`${name}/${id}`) ?? -1));
        expect(holders.length).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 60 },
  );
});

test("three processes that claim at once get every attempt exactly once", async () => {
  const { db, file } = temporary;
  for (const id of attemptIds) moveAttempt(db, { attemptId: id }, "queued", { status: "canceled", at: 2 });
  const job = listJobs(db, { pipelineId: 1 })[0]?.job;
  const all = createAttempts(db, job?.id ?? 0, { nodeTotal: 150, now: 3, label: "default" });
  const script = fileURLToPath(new URL("../test/claim-all.ts", import.meta.url));

  const outputs = await Promise.all(
    ["a", "b", "c"].map((owner) => run(process.execPath, ["--conditions=@fmg/source", script, file, owner])),
  );

  const got = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
  expect(got.sort((a, b) => a - b)).toEqual(all);
});

test("a named turn belongs to one process until it ends, parts or dies", () => {
  const { db } = temporary;
  expect(takeNamedLease(db, "reconcile", "a", 0, 100)).toBe(true);
  expect(takeNamedLease(db, "reconcile", "b", 50, 100)).toBe(false);
  expect(takeNamedLease(db, "statuses", "b", 50, 100)).toBe(true);
  expect(takeNamedLease(db, "reconcile", "a", 50, 100)).toBe(true);
  expect(takeNamedLease(db, "reconcile", "b", 149, 100)).toBe(false);
  expect(takeNamedLease(db, "reconcile", "b", 150, 100)).toBe(true);
  expect(takeNamedLease(db, "reconcile", "c", 160, 100, (owner) => owner === "b")).toBe(true);
  releaseLeases(db, "c");
  expect(takeNamedLease(db, "reconcile", "a", 161, 100)).toBe(true);
});
