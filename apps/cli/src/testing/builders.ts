import type { Attempt, Cache, Job, Pipeline, Project, Schedule, Step, Test } from "@fmg/client";

const state = { reason: null, message: null, startedAt: null, finishedAt: null };

/** A pipeline as the API tells it; the test names what matters to it. */
export function aPipeline(own: Partial<Pipeline> = {}): Pipeline {
  const id = own.id ?? 5;
  return {
    id,
    uuid: `uuid-${id}`,
    number: id,
    repo: { owner: "octo", name: "repo", url: "https://github.com/octo/repo" },
    branch: "main",
    tag: null,
    sha: "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334",
    commit: { subject: "Fix the parser", author: "ada", url: null },
    trigger: { kind: "push", parameters: {} },
    ...state,
    status: "success",
    diagnostics: [],
    createdAt: "2024-06-01T12:00:00.123Z",
    finishedAt: "2024-06-01T12:03:40.987Z",
    url: `http://localhost:5000/p/${id}`,
    ...own,
  };
}

/** A job that ran once and succeeded, in workflow `ci` of pipeline 5. */
export function aJob(own: Partial<Job> = {}): Job {
  const id = own.id ?? 50;
  return {
    id,
    uuid: `uuid-${id}`,
    number: id,
    name: "build",
    kind: "build",
    pipelineId: 5,
    workflow: { id: 1, name: "ci" },
    ...state,
    status: "success",
    createdAt: "2024-06-01T12:00:01.000Z",
    heldAt: null,
    approval: null,
    carriedFrom: null,
    attempts: [anAttempt({ id: id * 10, jobId: id })],
    ...own,
  };
}

export function anAttempt(own: Partial<Attempt> = {}): Attempt {
  return {
    id: 500,
    jobId: 50,
    pipelineId: 5,
    nodeIndex: 0,
    nodeTotal: 1,
    number: 1,
    ...state,
    status: "success",
    queue: null,
    queuedAt: "2024-06-01T12:00:01.000Z",
    imageDigest: null,
    keptUntil: null,
    serviceImages: [],
    ...own,
  };
}

/** A schedule that starts pipelines of `main` in the night. */
export function aSchedule(own: Partial<Schedule> = {}): Schedule {
  return {
    id: 3,
    uuid: "uuid-3",
    name: "nightly",
    cron: "30 2 * * *",
    timeZone: "UTC",
    branch: "main",
    tag: null,
    workflow: null,
    parameters: {},
    createdBy: "ada",
    createdAt: "2024-06-01T12:00:00.000Z",
    nextTimes: ["2024-06-02T00:30:00.000Z", "2024-06-03T00:30:00.000Z", "2024-06-04T00:30:00.000Z"],
    ...own,
  };
}

/** A test that passed. */
export function aTest(own: Partial<Test> = {}): Test {
  return {
    id: 1,
    name: "adds up",
    classname: "cart",
    file: "test/cart.test.js",
    nodeIndex: 0,
    result: "success",
    durationMs: 12,
    message: null,
    flaky: false,
    ...own,
  };
}

/** A `run` step that went well. */
export function aStep(own: Partial<Step> = {}): Step {
  return {
    index: 1,
    name: "npm test",
    kind: "run",
    background: false,
    ...state,
    status: "success",
    exitCode: 0,
    durationMs: 1200,
    logBytes: 10,
    ...own,
  };
}

/** A cache of the main branch. */
export function aCache(own: Partial<Cache> = {}): Cache {
  return {
    id: 7,
    key: "npm-3f2a",
    scope: "branch:main",
    sizeBytes: 12_300_000,
    createdAt: "2024-06-01T12:00:00.000Z",
    lastUsedAt: "2024-06-03T08:00:00.000Z",
    expiresAt: "2024-06-16T12:00:00.000Z",
    ...own,
  };
}

/** A repository that was pushed twelve times. */
export function aProject(own: Partial<Project> = {}): Project {
  return {
    owner: "octo",
    name: "repo",
    cloneUrl: "https://github.com/octo/repo.git",
    defaultBranch: "main",
    pipelines: 12,
    lastPipelineAt: "2024-06-01T12:00:00.000Z",
    createdAt: "2024-05-01T12:00:00.000Z",
    ...own,
  };
}
