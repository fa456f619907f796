import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { acceptDelivery, findJob, listAudit, listJobs, moveJob, storePlan } from "@fmg/db";
import { aPush } from "@fmg/db/testing";
import type { BellMessage } from "@fmg/queue";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { startApi, type TestApi } from "../testing/start-api.ts";

jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;
let hold: number;
let build: number;
let rung: BellMessage[];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  rung = [];
  api = await startApi(redis, { bell: { ring: async (message) => void rung.push(message) } });
  const { executor: _e, steps: _s, ...base } = aJob("hold", { needs: ["build"] });
  const { pipelineId } = acceptDelivery(api.db, aPush());
  const plan = { workflows: [aWorkflow(aJob("build"), { ...base, kind: "approval" })], setup: false };
  storePlan(api.db, pipelineId, plan, { warnings: [], now: 2_000 });
  [build, hold] = listJobs(api.db, { pipelineId }).map(({ job }) => Number(job.id)) as [number, number];
});
afterEach(() => api.close());

function approve(payload: object = {}, { job = hold, token = api.token("trigger") } = {}) {
  const headers = { authorization: `Bearer ${token}` };
  return api.app.inject({ method: "POST", url: `/api/v1/jobs/${job}/approve`, headers, payload });
}

const holdIt = () => moveJob(api.db, hold, "blocked", { status: "on_hold", at: 3_000 });

test("an approval is written with who, when, why and its commit, into the job and the book, and the workflow is advanced (R-APR-4)", async () => {
  holdIt();
  const answer = await approve({ note: "looks well", sha: "a1b2c3d" });

  expect(answer.statusCode).toBe(200);
  const approval = {
    at: expect.any(String),
    by: "trigger",
    sha: "a1b2c3d4".padEnd(40, "0"),
    note: "looks well",
  };
  expect(answer.json()).toMatchObject({ id: hold, status: "on_hold", approval });
  expect(listAudit(api.db, { limit: 9 })).toMatchObject([
    { action: "job.approve", tokenName: "trigger", ip: "127.0.0.1", target: `job ${hold}` },
  ]);
  expect(rung).toEqual([{ queue: "workflows", workflowId: 1 }]);
});

test("of two who approve at once one is written down, and the other is told the same (R-APR-4)", async () => {
  holdIt();
  const [one, other] = await Promise.all([approve({ note: "one" }), approve({ note: "other" })]);
  expect([one.statusCode, other.statusCode]).toEqual([200, 200]);
  expect(other.json()).toEqual(one.json());
  moveJob(api.db, hold, "on_hold", { status: "success", at: 4_000 });
  expect((await approve()).json()).toMatchObject({
    status: "success",
    approval: { note: one.json().approval.note },
  });
  expect(listAudit(api.db, { limit: 9 })).toHaveLength(1);
});

test("an approval of another commit, or of what is not on hold, is refused with what is the case (R-APR-3)", async () => {
  expect((await approve()).json()).toMatchObject({
    code: "conflict",
    detail: expect.stringContaining("not on hold yet"),
  });
  holdIt();
  expect((await approve({ sha: "fffffff" })).json()).toMatchObject({
    code: "conflict",
    detail: expect.stringContaining("and not of fffffff"),
  });
  expect((await approve({}, { job: build })).json().detail).toContain("is no approval: it is a build job");
  moveJob(api.db, hold, "on_hold", {
    status: "canceled",
    reason: "expired",
    message: "its time is over",
    at: 4_000,
  });
  expect((await approve()).json()).toMatchObject({
    status: 409,
    detail: `Job ${hold} has ended as canceled: its time is over. A rerun holds it again.`,
  });
  expect((await approve({}, { token: api.token("read") })).statusCode).toBe(403);
  expect((await approve({}, { job: 99 })).statusCode).toBe(404);
  expect(findJob(api.db, hold)?.job.approval).toBeNull();
});
