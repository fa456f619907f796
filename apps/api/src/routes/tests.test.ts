import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { storeTestResults, type TestResultRow } from "@fmg/db";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { runningJob, startJob, waitingJob, type RunningJob } from "../testing/running-job.ts";
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
  job = runningJob(api, ["Spin up environment"]);
});
afterEach(() => api.close());

function record({ attemptId }: RunningJob, ...results: (Partial<TestResultRow> & { name: string })[]): void {
  const whole = results.map((own) => {
    return { classname: "c", file: "f", durationMs: 1, result: "success" as const, message: null, ...own };
  });
  storeTestResults(api.db, { attemptId, step: 1 }, whole);
}

interface Listed {
  items: { id: number; name: string; flaky: boolean; message: string | null }[];
  next: string | null;
  counts: unknown;
}

test("a job's tests are listed page by page, failures first, with the counts of all (R-TEST-3)", async () => {
  record(
    job,
    { name: "passes" },
    { name: "later", result: "skipped" },
    { name: "fails", result: "failure", message: "no" },
  );
  const tests = `/api/v1/jobs/${job.jobId}/tests`;

  const first = (await api.get(`${tests}?limit=2`)).json<Listed>();
  const second = (await api.get(`${tests}?limit=2&cursor=${first.next}`)).json<Listed>();
  const failed = (await api.get(`${tests}?result=failure`)).json<Listed>();

  expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(["fails", "passes", "later"]);
  expect(second.next).toBeNull();
  expect(failed).toMatchObject({ items: [{ name: "fails", message: "no" }], next: null });
  const counts = { success: 1, failure: 1, skipped: 1 };
  expect([first.counts, failed.counts]).toEqual([counts, counts]);
  expect((await api.get("/api/v1/jobs/999/tests")).statusCode).toBe(404);
});

test("the history of a test has its runs in all pipelines of the project, newest first (R-TEST-3)", async () => {
  const again = startJob(api, waitingJob(api, "delivery-2"), ["Spin up environment"]);
  record(job, { name: "shaky", result: "failure", message: "no" }, { name: "other" });
  record(again, { name: "shaky" });

  const [listed] = (await api.get(`/api/v1/jobs/${again.jobId}/tests`)).json<Listed>().items;
  const history = `/api/v1/tests/${listed!.id}/history`;
  const first = (await api.get(`${history}?limit=1`)).json<Listed>();
  const second = (await api.get(`${history}?limit=1&cursor=${first.next}`)).json<Listed>();

  expect(listed).toMatchObject({ name: "shaky", flaky: true });
  expect([...first.items, ...second.items]).toMatchObject([
    { result: "success", pipelineId: again.pipelineId, job: { id: again.jobId, name: "build" } },
    { result: "failure", pipelineId: job.pipelineId, message: "no", branch: "main" },
  ]);
  expect((await api.get("/api/v1/tests/999/history")).statusCode).toBe(404);
});
