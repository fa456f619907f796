import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { getPipeline, getWorkflow, listAudit, moveJob, movePipeline, moveWorkflow } from "@fmg/db";
import type { BellMessage } from "@fmg/queue";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { runningJob, type RunningJob } from "../testing/running-job.ts";
import { startApi, type TestApi } from "../testing/start-api.ts";

jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;
let job: RunningJob;
let rung: BellMessage[];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  rung = [];
  const bell = { ring: async (message: BellMessage) => void rung.push(message) };
  api = await startApi(redis, { bell, now: () => 10_000 });
  job = runningJob(api, ["set-up"]);
  await job.write(0, "the first log\n");
});
afterEach(() => api.close());

function end(): void {
  const to = { status: "failure", at: 8_000 } as const;
  job.finish("failure");
  moveJob(api.db, job.jobId, "running", to);
  moveWorkflow(api.db, 1, "running", to);
  movePipeline(api.db, job.pipelineId, "running", to);
}

function post(url: string, payload: object = {}, token = api.token("trigger")) {
  const headers = { authorization: `Bearer ${token}` };
  return api.app.inject({ method: "POST", url: `/api/v1${url}`, headers, payload });
}

test("a workflow is started again as one of its own; the first one's jobs and logs stay whole (R-RR-1, R-RR-3)", async () => {
  expect((await post("/workflows/1/rerun", { from: "failed" })).json()).toMatchObject({
    code: "conflict",
    detail: 'Workflow 1 cannot be started again: job "build" of it has not ended: it is running.',
  });
  end();
  const answer = await post("/workflows/1/rerun", { from: "failed", keepMinutes: 5 });

  expect(answer.statusCode).toBe(201);
  const rerun = { from: "failed", job: null, by: "trigger", number: 1 };
  expect(answer.json()).toMatchObject({ id: 2, rerunOf: 1, status: "running", rerun });
  expect(rung).toEqual([{ queue: "workflows", workflowId: 2 }]);
  expect(listAudit(api.db, { limit: 9 })).toMatchObject([
    { action: "workflow.rerun", target: "workflow 1", detail: "from failed, as workflow 2 of pipeline 1" },
  ]);
  const jobs = async (url: string) =>
    (await api.get(`/api/v1${url}/jobs`)).json<{ items: { id: number; workflow: { id: number } }[] }>().items;
  expect(await jobs("/pipelines/1")).toMatchObject([{ workflow: { id: 2 }, status: "blocked" }]);
  expect(await jobs("/workflows/1")).toMatchObject([{ id: job.jobId, status: "failure" }]);
  expect((await api.get(`/api/v1/jobs/${job.jobId}/log`)).body).toBe("the first log\n");
  expect((await api.get("/p/1")).body.match(/Workflow/g)).toHaveLength(1);
});

test("a workflow or a job is started again without the caches of before, and the book says so (ADR 18)", async () => {
  end();
  expect((await post("/workflows/1/rerun", { from: "start", cleanCache: true })).statusCode).toBe(201);
  expect(getWorkflow(api.db, 2)?.rerun).toMatchObject({ from: "start", cleanCache: true });
  expect(listAudit(api.db, { limit: 1 })).toMatchObject([
    { detail: "from start, without caches, as workflow 2 of pipeline 1" },
  ]);
});

test("one job is started again, and a second wish for it is refused", async () => {
  end();
  expect((await post(`/jobs/${job.jobId}/rerun`)).json()).toMatchObject({
    rerun: { from: "job", job: "build" },
  });
  expect((await post(`/jobs/${job.jobId}/rerun`)).json()).toMatchObject({
    code: "conflict",
    detail:
      "Workflow 1 cannot be started again: it was started again already, as workflow 2, which is running.",
  });
  expect(listAudit(api.db, { limit: 9 })).toMatchObject([
    { action: "job.rerun", target: `job ${job.jobId}` },
  ]);
});

test("a pipeline's config is compiled anew on request, by who may trigger", async () => {
  expect((await post("/pipelines/1/rerun", {}, api.token("read"))).statusCode).toBe(403);
  expect((await post("/pipelines/1/rerun")).json()).toMatchObject({ code: "conflict" });
  end();
  expect((await post("/pipelines/1/rerun")).json()).toMatchObject({
    id: 1,
    status: "pending",
    finishedAt: null,
  });
  expect(getPipeline(api.db, 1)?.recompiledBy).toBe("trigger");
  expect(rung).toEqual([{ queue: "pipelines", pipelineId: 1 }]);
  expect(listAudit(api.db, { limit: 9 })).toMatchObject([{ action: "pipeline.rerun", target: "pipeline 1" }]);
  expect((await post("/workflows/9/rerun", { from: "start" })).statusCode).toBe(404);
  expect((await post("/workflows/1/rerun", { from: "middle" })).statusCode).toBe(400);
});
