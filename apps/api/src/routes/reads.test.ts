import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { asAttemptId } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import {
  acceptDelivery,
  addRunner,
  addSamples,
  claimAttempt,
  createAttempts,
  heartbeat,
  listJobs,
  moveJob,
  movePipeline,
  moveWorkflow,
  putQueuePlaces,
  rejectPipeline,
  storePlan,
} from "@fmg/db";
import { aPush } from "@fmg/db/testing";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { runningJob, startJob, waitingJob } from "../testing/running-job.ts";
import { startApi, type TestApi } from "../testing/start-api.ts";

const diagnostic = {
  code: "unknown-key",
  rule: "R-TOP-3",
  severity: "error",
  message: 'job "build" has no key "stesp"',
  hint: "did you mean `steps`?",
  range: { file: ".circleci/config.yml", start: { line: 12, column: 5 }, end: { line: 12, column: 10 } },
  sourceLine: "    stesp:",
} as const;

// The machine may be busy with other tests; each of these waits for events, not for time.
jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  api = await startApi(redis);
});
afterEach(() => api.close());

describe("an attempt", () => {
  test("shows what it used, sample by sample and by step", async () => {
    const { attemptId } = runningJob(api, ["set-up", "build"]);
    const at = Date.UTC(2024, 5, 1, 12);
    const sample = (step: number, seconds: number, cpuMs: number, memoryBytes: number) => {
      return { attemptId, epoch: 1, step, at: at + seconds * 1000, cpuMs, memoryBytes };
    };
    addSamples(api.db, [sample(0, 0, 50, 100), sample(1, 2, 250, 900), sample(1, 4, 300, 400)]);

    const answer = await api.get(`/api/v1/attempts/${attemptId}/samples`);

    expect(answer.json()).toEqual({
      items: [
        { at: "2024-06-01T12:00:00.000Z", step: 0, cpuMs: 50, memoryBytes: 100 },
        { at: "2024-06-01T12:00:02.000Z", step: 1, cpuMs: 250, memoryBytes: 900 },
        { at: "2024-06-01T12:00:04.000Z", step: 1, cpuMs: 300, memoryBytes: 400 },
      ],
      next: null,
      steps: [
        { step: 0, cpuMs: 50, peakMemoryBytes: 100 },
        { step: 1, cpuMs: 250, peakMemoryBytes: 900 },
      ],
    });
  });
});

describe("an attempt that waits", () => {
  test("shows its place in the line and when it will start, and no longer when it runs", async () => {
    const { jobId } = waitingJob(api);
    moveJob(api.db, jobId, "blocked", { status: "queued", at: 1 });
    const [attemptId = asAttemptId(0)] = createAttempts(api.db, jobId, {
      nodeTotal: 1,
      now: 1,
      label: "default",
    });
    const queue = async () => (await api.get(`/api/v1/jobs/${jobId}`)).json().attempts[0].queue;

    expect(await queue()).toBeNull();
    putQueuePlaces(api.db, [{ attemptId, place: 3, startsAt: undefined }]);
    expect(await queue()).toEqual({ place: 3, startsAt: null });
    putQueuePlaces(api.db, [{ attemptId, place: 1, startsAt: Date.UTC(2024, 5, 1, 12) }]);
    expect(await queue()).toEqual({ place: 1, startsAt: "2024-06-01T12:00:00.000Z" });
    claimAttempt(api.db, attemptId, "someone", 2, 1000);
    expect(await queue()).toBeNull();
  });
});

describe("a pipeline", () => {
  test("is shown with its repository, commit, status and address", async () => {
    acceptDelivery(api.db, aPush({ receivedAt: Date.UTC(2024, 5, 1, 12) }));
    movePipeline(api.db, 1, "pending", { status: "running", at: Date.UTC(2024, 5, 1, 12, 0, 1) });
    movePipeline(api.db, 1, "running", { status: "success", at: Date.UTC(2024, 5, 1, 12, 3, 40) });

    const { statusCode, ...answer } = await api.get("/api/v1/pipelines/1");

    expect(statusCode).toBe(200);
    expect(answer.json()).toEqual({
      id: 1,
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      number: 1,
      repo: { owner: "octo", name: "repo", url: "https://github.test/octo/repo" },
      branch: "main",
      tag: null,
      sha: "a1b2c3d4".padEnd(40, "0"),
      commit: { subject: "Say hello", author: "octocat", url: null },
      trigger: { kind: "push", parameters: {} },
      status: "success",
      reason: null,
      message: null,
      diagnostics: [],
      createdAt: "2024-06-01T12:00:00.000Z",
      startedAt: "2024-06-01T12:00:01.000Z",
      finishedAt: "2024-06-01T12:03:40.000Z",
      url: "https://fmg.test/p/1",
    });
  });

  test("whose config has an error tells the place of it", async () => {
    acceptDelivery(api.db, aPush());
    rejectPipeline(
      api.db,
      1,
      { reason: "config_invalid", message: "the config has an error", diagnostics: [diagnostic] },
      5_000,
    );

    const answer = await api.get("/api/v1/pipelines/1");

    expect(answer.json()).toMatchObject({
      status: "error",
      reason: "config_invalid",
      diagnostics: [diagnostic],
    });
  });

  test.each([
    "pipelines/7",
    "pipelines/7/workflows",
    "pipelines/7/jobs",
    "jobs/7",
    "jobs/7/attempts",
    "jobs/7/log",
  ])("%s that does not exist is 404 with a request id", async (path) => {
    const answer = await api.get(`/api/v1/${path}`);

    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({
      code: "not-found",
      status: 404,
      requestId: answer.headers["x-request-id"],
    });
  });
});

describe("the list of pipelines", () => {
  beforeEach(() => {
    for (let at = 1; at <= 25; at += 1) {
      const push = at % 2 === 0 ? { branch: "dev" } : { repo: "octo/other", repoId: 2 };
      acceptDelivery(api.db, aPush({ ...push, deliveryId: `d-${at}` }));
    }
    movePipeline(api.db, 3, "pending", { status: "canceled", reason: "by_user", at: 5 });
  });

  const ids = (answer: { json: () => { items: { id: number }[] } }): number[] =>
    answer.json().items.map(({ id }) => id);

  test("has 20 on a page, newest first, and goes on at its cursor", async () => {
    const first = await api.get("/api/v1/pipelines");
    const second = await api.get(`/api/v1/pipelines?cursor=${first.json().next}`);

    expect(ids(first)).toEqual(Array.from({ length: 20 }, (_, at) => 25 - at));
    expect(ids(second)).toEqual([5, 4, 3, 2, 1]);
    expect(second.json().next).toBeNull();
  });

  test.each([
    ["limit=2", [25, 24]],
    ["branch=dev&limit=2", [24, 22]],
    ["repo=octo/other&limit=2", [25, 23]],
    ["repo=OCTO/Other&limit=1", [25]],
    ["status=canceled", [3]],
    ["status=canceled&branch=dev", []],
    ["repo=octo/none", []],
    ["cursor=3", [2, 1]],
    ["cursor=nonsense", []],
  ])("?%s", async (query, expected) => {
    expect(ids(await api.get(`/api/v1/pipelines?${query}`))).toEqual(expected);
  });

  test.each(["limit=0", "limit=101", "limit=x", "status=red", "repo=octo", "branch="])(
    "?%s is refused and says why",
    async (query) => {
      const answer = await api.get(`/api/v1/pipelines?${query}`);

      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({
        code: "invalid-request",
        detail: expect.stringContaining(query.split("=")[0] ?? ""),
      });
    },
  );
});

describe("a pipeline's workflows and jobs", () => {
  test("stand in the order of the config, with what was left out and why", async () => {
    acceptDelivery(api.db, aPush());
    const leftOut = {
      reason: "filtered_out",
      message: "its filter leaves it out",
      rule: "R-FLT-1",
      range: diagnostic.range,
    } as const;
    const workflow = { ...aWorkflow(aJob("build"), aJob("deploy", { leftOut })), name: "main" };
    storePlan(api.db, 1, { workflows: [workflow], setup: false }, { warnings: [], now: 2_000 });

    const workflows = (await api.get("/api/v1/pipelines/1/workflows")).json();
    const jobs = (await api.get("/api/v1/pipelines/1/jobs")).json();

    expect(workflows).toMatchObject({
      items: [{ id: 1, name: "main", pipelineId: 1, rerunOf: null }],
      next: null,
    });
    expect(jobs).toMatchObject({
      items: [
        { name: "build", kind: "build", status: "blocked", workflow: { id: 1, name: "main" }, attempts: [] },
        { name: "deploy", status: "skipped", reason: "filtered_out", message: "its filter leaves it out" },
      ],
      next: null,
    });
  });

  test("tell that a workflow is failing while it goes on, and not any more when it has failed", async () => {
    acceptDelivery(api.db, aPush());
    const workflow = aWorkflow(aJob("bad"), aJob("long"));
    storePlan(api.db, 1, { workflows: [workflow], setup: false }, { warnings: [], now: 2_000 });
    const [bad = 0, long = 0] = listJobs(api.db, { workflowId: 1 }).map(({ job }) => job.id);
    const shown = async () => (await api.get("/api/v1/pipelines/1/workflows")).json().items[0];

    expect(await shown()).toMatchObject({ status: "running", failing: false });
    for (const id of [bad, long]) {
      moveJob(api.db, id, "blocked", { status: "queued", at: 1 });
      moveJob(api.db, id, "queued", { status: "running", at: 2 });
    }
    moveJob(api.db, bad, "running", { status: "failure", reason: "step_failed", at: 3 });
    expect(await shown()).toMatchObject({ status: "running", failing: true });
    moveJob(api.db, long, "running", { status: "success", at: 4 });
    moveWorkflow(api.db, 1, "running", { status: "failure", at: 4 });
    expect(await shown()).toMatchObject({ status: "failure", failing: false });
  });

  test("show a job's newest attempts, and all of them below the job", async () => {
    const job = runningJob(api, ["Spin up environment", "test"]);
    job.begin(0);
    await job.write(0, "hello\n");
    job.end(0, 3);
    job.finish("failure");

    const attempt = {
      id: job.attemptId,
      jobId: job.jobId,
      nodeIndex: 0,
      nodeTotal: 1,
      number: 1,
      status: "failure",
    };
    expect((await api.get(`/api/v1/jobs/${job.jobId}`)).json()).toMatchObject({
      name: "build",
      attempts: [attempt],
    });
    expect((await api.get(`/api/v1/jobs/${job.jobId}/attempts`)).json()).toMatchObject({
      items: [attempt],
      next: null,
    });
    expect((await api.get(`/api/v1/attempts/${job.attemptId}`)).json()).toMatchObject({
      ...attempt,
      pipelineId: 1,
    });
    expect((await api.get(`/api/v1/attempts/${job.attemptId}/steps`)).json()).toMatchObject({
      items: [
        { index: 0, name: "Spin up environment", status: "failure", exitCode: 3, logBytes: 6 },
        { index: 1, name: "test", status: "skipped", exitCode: null, logBytes: 0 },
      ],
    });
  });
});

describe("runners", () => {
  test("are active while they were heard of lately", async () => {
    addRunner(api.db, { host: "10.0.0.5", now: 1_000 });
    heartbeat(api.db, Date.now());

    expect((await api.get("/api/v1/runners")).json()).toMatchObject({
      items: [
        { id: 1, host: "localhost", status: "active" },
        {
          id: 2,
          host: "10.0.0.5",
          status: "inactive",
          addedAt: "1970-01-01T00:00:01.000Z",
          lastSeenAt: null,
        },
      ],
    });
  });

  test("are added once", async () => {
    const first = await add({ host: "build1.local" });
    const again = await add({ host: "build1.local" });

    expect(first.statusCode).toBe(201);
    expect(first.json()).toMatchObject({ id: 2, host: "build1.local", status: "inactive" });
    expect(again.statusCode).toBe(409);
    expect(again.json()).toMatchObject({ code: "conflict" });
  });

  test.each([
    {},
    { host: "" },
    { host: "a b" },
    { host: "-x" },
    { host: "a/b" },
    { host: "x", admin: true },
    { host: 5 },
    "x",
    null,
  ])("are not made of %j", async (body) => {
    const answer = await add(body);

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "invalid-request" });
  });

  test("are not made of a body beyond 64 KiB, or of another type", async () => {
    expect((await add({ host: "x".repeat(70_000) })).statusCode).toBe(413);
    expect((await add("host=x", "application/x-www-form-urlencoded")).statusCode).toBe(415);
    expect((await add('{"host":"x"}', "application/json\ta")).statusCode).toBe(415);
  });

  function add(body: unknown, type = "application/json") {
    return api.app.inject({
      method: "POST",
      url: "/api/v1/runners",
      headers: { authorization: `Bearer ${api.adminToken}`, "content-type": type },
      payload: typeof body === "string" ? body : JSON.stringify(body),
    });
  }
});

describe("the page of a pipeline", () => {
  test("says how its jobs stand, as text without script", async () => {
    const waiting = waitingJob(api);
    startJob(api, waiting, ["test"]).finish("failure");

    const page = await api.get("/p/1");

    expect(page.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(page.headers["content-security-policy"]).toContain("default-src 'self'");
    expect(page.body).toContain("octo/repo @ a1b2c3d on main");
    expect(page.body).toContain("Say hello  (octocat)");
    expect(page.body).toMatch(/build {2}\w+ {2}fmg logs 1 build/);
    expect(listJobs(api.db, { pipelineId: 1 })).toHaveLength(1);
  });

  test("shows the place of a config error", async () => {
    acceptDelivery(api.db, aPush());
    rejectPipeline(
      api.db,
      1,
      { reason: "config_invalid", message: "the config has an error", diagnostics: [diagnostic] },
      5_000,
    );

    const page = await api.get("/p/1");

    expect(page.body).toContain("Pipeline 1  ERROR");
    expect(page.body).toContain(".circleci/config.yml:12:5");
    expect(page.body).toContain("stesp:");
  });
});
