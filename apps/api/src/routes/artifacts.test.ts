import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { storeArtifact } from "@fmg/db";
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
  job = runningJob(api, ["Spin up environment"]);
});
afterEach(() => api.close());

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function anArtifact(path: string, text: string): Promise<void> {
  const blob = await api.blobs.put(bytes(text));
  storeArtifact(api.db, { attemptId: job.attemptId, path, ...blob, createdAt: 1, expiresAt: 2 });
}

interface Listed {
  items: { id: number; path: string; sizeBytes: number; url: string }[];
  next: string | null;
}

test("a job's artifacts are listed page by page, and the same path again is the newer file (R-ART-3)", async () => {
  await anArtifact("a.txt", "old");
  await anArtifact("b/c.txt", "bc");
  await anArtifact("a.txt", "newer");

  const first = (await api.get(`/api/v1/jobs/${job.jobId}/artifacts?limit=1`)).json<Listed>();
  const second = (
    await api.get(`/api/v1/jobs/${job.jobId}/artifacts?limit=1&cursor=${first.next}`)
  ).json<Listed>();

  expect(first.items).toMatchObject([{ path: "a.txt", sizeBytes: 5 }]);
  expect(first.items[0]!.url).toBe(`https://fmg.test/api/v1/artifacts/${first.items[0]!.id}`);
  expect(second.items).toMatchObject([{ path: "b/c.txt", sizeBytes: 2 }]);
  expect((await api.get("/api/v1/jobs/999/artifacts")).statusCode).toBe(404);
});

test("an artifact is an attachment that no browser shows, and takes ranges (SEC-9)", async () => {
  await anArtifact('reports/öh "x".html', "<script>alert(1)</script>");
  const { items } = (await api.get(`/api/v1/jobs/${job.jobId}/artifacts`)).json<Listed>();
  const url = `/api/v1/artifacts/${items[0]!.id}`;

  const whole = await api.get(url);
  expect(whole.body).toBe("<script>alert(1)</script>");
  expect(whole.headers).toMatchObject({
    "content-type": "application/octet-stream",
    "content-disposition": "attachment; filename*=UTF-8''%C3%B6h%20%22x%22.html",
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox",
  });
  const part = await api.get(url, { range: "bytes=1-6" });
  expect([part.statusCode, part.body, part.headers["content-range"]]).toEqual([
    206,
    "script",
    "bytes 1-6/25",
  ]);
  expect((await api.get(url, { range: "bytes=99-" })).statusCode).toBe(416);
  expect((await api.get("/api/v1/artifacts/999")).statusCode).toBe(404);
});
