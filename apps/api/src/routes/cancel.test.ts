import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import type { LiveChange } from "@fmg/queue";
import { cancelRequested, getPipeline, getWorkflow, movePipeline } from "@fmg/db";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { runningJob, type RunningJob } from "../testing/running-job.ts";
import { startApi, type TestApi } from "../testing/start-api.ts";

jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;
let job: RunningJob;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  api = await startApi(redis);
  job = runningJob(api, ["set-up"]);
});
afterEach(() => api.close());

const cancel = (path: string, token = api.token("trigger")) =>
  api.app.inject({
    method: "POST",
    url: `/api/v1/${path}/cancel`,
    headers: { authorization: `Bearer ${token}` },
  });

test("a job, a workflow and a pipeline are wished canceled, the attempt's owner hears it at once, and the book has each", async () => {
  const heard: LiveChange[] = [];
  const waiting = Promise.withResolvers<void>();
  api.live.subscribe((change) => {
    heard.push(change);
    waiting.resolve();
  });
  const answer = await cancel(`jobs/${job.jobId}`);
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ id: job.jobId, name: "build" });
  expect(cancelRequested(api.db, [job.attemptId])).toEqual([job.attemptId]);
  await waiting.promise;
  expect(heard[0]).toEqual({ pipelineId: job.pipelineId, kind: "cancel" });

  const { workflow } = (await api.get(`/api/v1/jobs/${job.jobId}`)).json<{ workflow: { id: number } }>();
  expect((await cancel(`workflows/${workflow.id}`)).json()).toMatchObject({ id: workflow.id });
  expect(getWorkflow(api.db, workflow.id)?.cancellation).toMatchObject({
    reason: "by_user",
    message: 'canceled by "trigger"',
  });
  expect((await cancel(`pipelines/${job.pipelineId}`)).json()).toMatchObject({ id: job.pipelineId });
  expect(getPipeline(api.db, job.pipelineId)?.cancellation?.reason).toBe("by_user");
  const { items } = (await api.get("/api/v1/audit")).json<{ items: { action: string; target: string }[] }>();
  expect(items.map(({ action, target }) => `${action} ${target}`)).toEqual([
    `pipeline.cancel pipeline ${job.pipelineId}`,
    `workflow.cancel workflow ${workflow.id}`,
    `job.cancel job ${job.jobId}`,
  ]);
});

test("what has ended or is not there is refused, and so is a token that only reads", async () => {
  movePipeline(api.db, job.pipelineId, "running", { status: "success", at: 5 });
  const ended = await cancel(`pipelines/${job.pipelineId}`);
  expect(ended.statusCode).toBe(409);
  expect(ended.json<{ detail: string }>().detail).toBe(
    `The pipeline ${job.pipelineId} has ended: there is nothing to cancel.`,
  );
  for (const path of ["pipelines/99", "workflows/99", "jobs/99"]) {
    expect((await cancel(path)).statusCode).toBe(404);
  }
  expect((await cancel(`jobs/${job.jobId}`, api.token("read"))).statusCode).toBe(403);
  expect((await api.get("/api/v1/audit")).json()).toMatchObject({ items: [] });
});
