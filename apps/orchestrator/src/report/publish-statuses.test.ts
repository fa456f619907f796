import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { dueStatuses, enqueueStatus } from "@fmg/db";
import { createGitHub } from "@fmg/github";
import { Secret } from "@fmg/core";
import { startFakeGitHub, type FakeGitHub } from "@fmg/testkit";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { publishStatuses } from "./publish-statuses.ts";

const sha = "a".repeat(40);
let kit: TestServices;
let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub({ token: "token" });
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
const publish = () => publishStatuses(kit.services, never);

function aStatus(state: "pending" | "success", context = "fmg"): void {
  const status = { context, state, description: state, targetUrl: "http://fmg.test/p/1" };
  enqueueStatus(kit.services.db, 1, status, kit.services.now());
}

test("only the newest state of a context is sent when it changed before the first was", async () => {
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  aStatus("pending");
  aStatus("success");
  expect(await publish()).toEqual({ nextAt: undefined, silent: false });
  expect(fake.statuses(sha).map(({ state }) => state)).toEqual(["success"]);
});

test("a status that GitHub could not take is sent again later, and the others are not held up", async () => {
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  aStatus("success", "other");
  fake.failNext(1, { kind: "status", status: 502 });
  const { nextAt, silent } = await publish();
  expect(silent).toBe(false);
  expect(nextAt).toBeGreaterThan(kit.services.now());
  expect(fake.statuses(sha)).toHaveLength(1);
  kit.advanceTime(nextAt! - kit.services.now());
  expect(await publish()).toEqual({ nextAt: undefined, silent: false });
  expect(new Set(fake.statuses(sha).map(({ context }) => context))).toEqual(new Set(["fmg", "other"]));
});

test("while GitHub asks for silence nothing at all is sent", async () => {
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  aStatus("success", "other");
  fake.failNext(1, { kind: "retry-after", seconds: 60 });
  const { nextAt, silent } = await publish();
  expect(silent).toBe(true);
  expect(nextAt! - kit.services.now()).toBeGreaterThanOrEqual(60_000);
  expect(fake.requests).toHaveLength(1);
});

test("without a token nothing is sent, and nothing piles up", async () => {
  await kit.close();
  kit = testServices();
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  expect(await publish()).toEqual({ nextAt: undefined, silent: false });
  expect(dueStatuses(kit.services.db, kit.services.now(), 10)).toEqual([]);
  expect(fake.requests).toEqual([]);
});
