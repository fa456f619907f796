import type { CommitStatus } from "@fmg/core";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { acceptDelivery } from "./deliveries.ts";
import { dueStatuses, enqueueStatus, markRefused, markRetry, markSent, nextStatusAt } from "./outbox.ts";
import { aPush, temporaryDb, type TemporaryDb } from "./testing/builders.ts";

let temporary: TemporaryDb;
beforeEach(() => {
  temporary = temporaryDb();
  acceptDelivery(temporary.db, aPush());
  for (const row of dueStatuses(temporary.db, 1_000, 9)) markSent(temporary.db, row.id, 1_000);
});
afterEach(() => temporary.remove());

const aStatus = (overrides: Partial<CommitStatus> = {}): CommitStatus => ({
  context: "fmg: build",
  state: "pending",
  description: "Running",
  targetUrl: "http://fmg.test/p/1",
  ...overrides,
});

test("a newer state of a context takes the place of the one that was not sent", () => {
  const { db } = temporary;
  enqueueStatus(db, 1, aStatus(), 2_000);
  enqueueStatus(db, 1, aStatus({ context: "fmg: test" }), 2_000);
  enqueueStatus(db, 1, aStatus({ state: "success", description: "Succeeded" }), 2_001);
  expect(dueStatuses(db, 3_000, 9).map((row) => [row.context, row.state])).toEqual([
    ["fmg: test", "pending"],
    ["fmg: build", "success"],
  ]);
});

test("what is said already is not said again, unless something else was said between", () => {
  const { db } = temporary;
  const first = enqueueStatus(db, 1, aStatus(), 2_000);
  expect(enqueueStatus(db, 1, aStatus(), 2_001)).toBe(first);
  markSent(db, first, 2_002);
  expect(enqueueStatus(db, 1, aStatus(), 2_003)).toBe(first);
  expect(dueStatuses(db, 3_000, 9)).toEqual([]);
  markSent(db, enqueueStatus(db, 1, aStatus({ state: "failure" }), 2_004), 2_005);
  expect(enqueueStatus(db, 1, aStatus(), 2_006)).not.toBe(first);
});

test("a status that comes while an older one is on its way is sent after it", () => {
  const { db } = temporary;
  const older = enqueueStatus(db, 1, aStatus(), 2_000);
  const newer = enqueueStatus(db, 1, aStatus({ state: "success" }), 2_001);
  expect(markSent(db, older, 2_002)).toBe(false);
  expect(dueStatuses(db, 3_000, 9).map((row) => row.id)).toEqual([newer]);
});

test("a status that GitHub could not take waits for its time, and a newer one of its context with it", () => {
  const { db } = temporary;
  const id = enqueueStatus(db, 1, aStatus(), 2_000);
  expect(markRetry(db, id, { message: "502 Bad Gateway", nextAt: 60_000 })).toBe(true);
  enqueueStatus(db, 1, aStatus({ state: "success" }), 3_000);
  expect(dueStatuses(db, 59_999, 9)).toEqual([]);
  expect(nextStatusAt(db)).toBe(60_000);
  expect(dueStatuses(db, 60_000, 9)).toMatchObject([{ state: "success", tries: 1 }]);
});

test("a status that GitHub refuses is not sent again, but a later one is", () => {
  const { db } = temporary;
  const id = enqueueStatus(db, 1, aStatus(), 2_000);
  expect(markRefused(db, id, "No commit found for SHA", 2_001)).toBe(true);
  expect(dueStatuses(db, 9_000, 9)).toEqual([]);
  expect(nextStatusAt(db)).toBeUndefined();
  enqueueStatus(db, 1, aStatus(), 2_002);
  expect(dueStatuses(db, 9_000, 9)).toHaveLength(1);
});

test("statuses go to the repository under the name that it has now", () => {
  const { db } = temporary;
  enqueueStatus(db, 1, aStatus(), 2_000);
  acceptDelivery(db, aPush({ deliveryId: "2", sha: "b".repeat(40), repo: "octo/renamed" }));
  expect(dueStatuses(db, 9_000, 1)).toMatchObject([{ owner: "octo", repo: "renamed" }]);
});
