import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { dueStatuses, enqueueStatus, statusLag } from "@fmg/db";
import { createGitHub } from "@fmg/github";
import { Secret } from "@fmg/core";
import { startFakeGitHub, type FakeGitHub, type GitHubFault } from "@fmg/testkit";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { createStatusSender } from "./status-sender.ts";

const sha = "a".repeat(40);
let kit: TestServices;
let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub({ token: "token", now: () => kit.services.now() });
  kit = testServices({ github: createGitHub({ apiUrl: fake.apiUrl, token: new Secret("token") }) });
  fake.addRepository("octo/repo");
  fake.addCommit("octo/repo", sha);
});
afterEach(async () => {
  expect(fake.violations).toEqual([]);
  await fake.close();
  await kit.close();
});

const never = new AbortController().signal;
/** As a new process would. */
const deliver = () => createStatusSender(kit.services).deliver(never);

function aStatus(state: "pending" | "success", context = "fmg"): void {
  const status = { context, state, description: state, targetUrl: "http://fmg.test/p/1" };
  enqueueStatus(kit.services.db, 1, status, kit.services.now());
}

test("only the newest state of a context is sent when it changed before the first was", async () => {
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  aStatus("pending");
  aStatus("success");
  expect(await deliver()).toBeUndefined();
  expect(fake.statuses(sha).map(({ state }) => state)).toEqual(["success"]);
});

test("a status that GitHub could not take is sent again later, and the others are not held up (REL-17)", async () => {
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  aStatus("success", "other");
  fake.failNext(1, { kind: "status", status: 502 });
  const nextAt = await deliver();
  expect(nextAt).toBeGreaterThan(kit.services.now());
  expect(fake.statuses(sha)).toHaveLength(1);
  kit.advanceTime(nextAt! - kit.services.now());
  expect(await deliver()).toBeUndefined();
  expect(new Set(fake.statuses(sha).map(({ context }) => context))).toEqual(new Set(["fmg", "other"]));
});

const seconds = () => kit.services.now() / 1000;
test.each<[string, () => GitHubFault, number]>([
  ["tells how long", () => ({ kind: "retry-after", seconds: 90 }), 90],
  ["has no quota left", () => ({ kind: "limit-reached", resetAt: seconds() + 300 }), 300],
  ["gave the last of the quota", () => ({ kind: "quota-used-up", resetAt: seconds() + 45 }), 45],
  ["does not tell how long", () => ({ kind: "secondary-limit", status: 403 }), 60],
  ["does not tell how long, by 429", () => ({ kind: "secondary-limit", status: 429 }), 60],
])("nothing at all is sent, by any process, while GitHub limits and %s (REL-17)", async (_, fault, pause) => {
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  aStatus("success", "other");
  fake.failNext(1, fault());
  const until = kit.services.now() + pause * 1000;

  expect(await deliver()).toBe(until);
  kit.advanceTime(pause * 1000 - 1);
  expect(await deliver()).toBe(until);
  expect(fake.requests).toHaveLength(1);
  kit.advanceTime(1);
  await deliver();
  expect(fake.statuses(sha)).toHaveLength(2);
});

test("the silence grows with each limit that comes without a time, up to four minutes (REL-17)", async () => {
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  const sender = createStatusSender(kit.services);
  const pauses: number[] = [];
  for (let i = 0; i < 4; i++) {
    fake.failNext(1, { kind: "secondary-limit", status: 403 });
    const nextAt = await sender.deliver(never);
    pauses.push((nextAt! - kit.services.now()) / 1000);
    kit.advanceTime(nextAt! - kit.services.now());
  }
  expect(pauses).toEqual([60, 120, 240, 240]);
});

test("an ill GitHub is tried with three statuses, not with all that wait (REL-17)", async () => {
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  for (let i = 0; i < 10; i++) aStatus("success", `context ${i}`);
  fake.failBy(() => ({ kind: "hang" }));
  const sender = createStatusSender(kit.services, { sendTimeoutMs: 50 });

  const nextAt = await sender.deliver(never);
  expect(fake.requests).toHaveLength(3);
  expect(nextAt).toBeGreaterThan(kit.services.now());
  fake.failBy();
  kit.advanceTime(60_000);
  expect(await sender.deliver(never)).toBeUndefined();
  expect(fake.statuses(sha)).toHaveLength(11);
});

test("after a token that GitHub does not know one process waits, and its successor with another does not (REL-17)", async () => {
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  aStatus("success", "other");
  fake.requireToken("rotated");
  const sender = createStatusSender(kit.services);
  const nextAt = await sender.deliver(never);
  expect(nextAt! - kit.services.now()).toBe(240_000);
  expect(await sender.deliver(never)).toBe(nextAt);
  expect(fake.requests).toHaveLength(1);

  fake.requireToken("token");
  await deliver();
  expect(fake.statuses(sha)).toHaveLength(1);
});

test("statuses that wait, and those that came late, show as lag", async () => {
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  expect(statusLag(kit.services.db, kit.services.now())).toEqual({ waitingMs: 0, sentMs: 0 });
  kit.advanceTime(7000);
  expect(statusLag(kit.services.db, kit.services.now())).toEqual({ waitingMs: 7000, sentMs: 0 });
  await deliver();
  kit.advanceTime(1000);
  expect(statusLag(kit.services.db, kit.services.now())).toEqual({ waitingMs: 0, sentMs: 7000 });
});

test("without a token nothing is sent, and nothing piles up", async () => {
  await kit.close();
  kit = testServices();
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  expect(await deliver()).toBeUndefined();
  expect(dueStatuses(kit.services.db, kit.services.now(), 10)).toEqual([]);
  expect(fake.requests).toEqual([]);
});
