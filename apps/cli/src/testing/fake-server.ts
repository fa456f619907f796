import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  routes,
  type Artifact,
  type Attempt,
  type Cache,
  type Diff,
  type Job,
  type Pipeline,
  type Project,
  type Runner,
  type Schedule,
  type Step,
  type Test,
  type Why,
  type Workflow,
} from "@fmg/client";
import type { TSchema } from "typebox";
import { Value } from "typebox/value";
import { aSchedule } from "./builders.ts";
import { answerSecrets, noSecrets, type FakeSecrets } from "./fake-secrets.ts";

/** What the fake server knows, and how it behaves. Tests may change it while it runs. */
export interface ServerState {
  readonly pipelines: Pipeline[];
  readonly jobs: Job[];
  /** Attempts that newer ones stand for in their jobs. */
  readonly earlier: Attempt[];
  readonly runners: Runner[];
  readonly schedules: Schedule[];
  readonly whys: Why[];
  readonly projects: Project[];
  /** Of whatever repository is asked for. */
  readonly caches: Cache[];
  /** Of whatever two pipelines are asked for. */
  readonly diff?: Diff;
  /** Test results by the job's id, failures first. */
  readonly tests: Map<number, Test[]>;
  /** Artifacts by the job's id, each with its bytes. */
  readonly artifacts: Map<number, (Artifact & { readonly bytes: string })[]>;
  /** Sends an artifact's bytes in its own time. */
  sendSlowly?: (response: ServerResponse, bytes: string) => void;
  /** Steps by the attempt's id. */
  readonly steps: Map<number, Step[]>;
  /** Logs by the attempt's id. */
  readonly logs: Map<number, Uint8Array>;
  readonly secrets: FakeSecrets;
  /** The token that it takes; undefined: it asks for none. */
  token?: string;
  /** Why it can take no work. */
  readonly problems: string[];
  /** Answers a request for a live log of the given attempt or job. */
  stream?: (request: IncomingMessage, response: ServerResponse) => void;
  /** The server's own. */
  readonly version: string;
  /** What was asked to be started. */
  readonly triggered: unknown[];
  /** Every answer is this problem. */
  problem?: { readonly status: number; readonly code: string; readonly detail: string };
}

/** An HTTP server that answers in the shapes of the contract; each JSON answer is checked against them. */
export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly state: ServerState;
  /** `GET /api/v1/pipelines?limit=20`, in order. */
  readonly requests: string[];
}

/** On a port that is free, or on that of a server that was there before. */
export async function startFakeServer(initial: Partial<ServerState> = {}, port = 0): Promise<FakeServer> {
  const state: ServerState = {
    pipelines: [],
    jobs: [],
    earlier: [],
    runners: [],
    schedules: [],
    whys: [],
    projects: [],
    caches: [],
    tests: new Map(),
    artifacts: new Map(),
    steps: new Map(),
    logs: new Map(),
    secrets: noSecrets(),
    version: "9.9.9",
    triggered: [],
    problems: [],
    ...initial,
  };
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(state, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(state: ServerState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fake");
  if (state.problem !== undefined) return problem(response, state.problem);
  if (state.token !== undefined && request.headers.authorization !== `Bearer ${state.token}`) {
    return problem(response, { status: 401, code: "unauthorized", detail: "a token is needed" });
  }
  if (/^\/api\/v1\/projects\/[^/]+\/[^/]+\/pipelines$/.test(url.pathname))
    return triggerPipeline(state, request, response);
  if (/^\/api\/v1\/projects\/[^/]+\/[^/]+\/schedules$/.test(url.pathname))
    return sendSchedules(state, request, response);
  if (url.pathname === "/api/v1/projects")
    return json(response, routes.listProjects.reply, { items: state.projects, next: null });
  if (/^\/api\/v1\/projects\/[^/]+\/[^/]+\/caches$/.test(url.pathname)) {
    const items = state.caches.filter(({ key }) => key.startsWith(url.searchParams.get("key") ?? ""));
    return json(response, routes.listCaches.reply, { items, next: null });
  }
  if (/\/(projects|contexts|encryption-key)\b/.test(url.pathname))
    return sendSecrets(state, request, response, url);
  const [, , , collection, id, part] = url.pathname.split("/");
  const asked = [request.method, collection, id === undefined ? "" : ":id", part ?? ""].join(" ").trimEnd();
  switch (asked) {
    case "GET pipelines":
      return json(response, routes.listPipelines.reply, pageOf(state.pipelines, url.searchParams));
    case "GET pipelines :id":
      return one(response, routes.getPipeline.reply, state.pipelines, Number(id));
    case "GET pipelines :id jobs":
      return json(response, routes.listJobs.reply, {
        items: state.jobs.filter((job) => job.pipelineId === Number(id)),
        next: null,
      });
    case "GET jobs :id why":
      return json(
        response,
        routes.whyJob.reply,
        state.whys.find(({ job }) => job.id === Number(id)),
      );
    case "GET pipelines :id diff":
      return json(response, routes.diffPipelines.reply, state.diff);
    case "GET jobs :id attempts":
      return json(response, routes.listAttempts.reply, {
        items: attemptsOf(state, Number(id)),
        next: null,
      });
    case "GET attempts :id steps":
      return json(response, routes.listSteps.reply, { items: state.steps.get(Number(id)) ?? [], next: null });
    case "POST jobs :id approve":
      return approve(state, request, response, Number(id));
    case "POST workflows :id rerun":
    case "POST jobs :id rerun":
      return rerun(state, { collection, id: Number(id) }, request, response);
    case "POST pipelines :id rerun":
      return one(response, routes.rerunPipeline.reply, state.pipelines, Number(id));
    case "POST pipelines :id cancel":
      return one(response, routes.cancelPipeline.reply, state.pipelines, Number(id));
    case "POST workflows :id cancel":
      return json(response, routes.cancelWorkflow.reply, workflowOf(state.jobs, Number(id)));
    case "POST jobs :id cancel":
      return one(response, routes.cancelJob.reply, state.jobs, Number(id));
    case "GET jobs :id tests":
      return sendTests(response, state.tests.get(Number(id)) ?? [], url.searchParams);
    case "GET jobs :id artifacts":
      return json(response, routes.listArtifacts.reply, artifactPage(state, Number(id), url.searchParams));
    case "GET artifacts :id":
      return sendArtifact(state, response, Number(id));
    case "DELETE schedules :id":
      return one(response, routes.deleteSchedule.reply, state.schedules, Number(id));
    case "GET whoami":
      return json(response, routes.whoami.reply, {
        id: 7,
        name: "ada",
        scopes: ["read", "trigger"],
        createdAt: aTime,
      });
    case "GET status":
      return json(response, routes.getServerStatus.reply, {
        version: state.version,
        startedAt: aTime,
        problems: state.problems,
        freeBytes: 3 * 2 ** 30,
        unfinished: { pipelines: 2, workflows: 3, attempts: 1, statuses: 0, notifications: 0 },
        runners: { active: 1, inactive: 0 },
      });
    case "DELETE caches :id":
      return one(response, routes.deleteCache.reply, state.caches, Number(id));
    case "DELETE runners :id":
      return one(response, routes.removeRunner.reply, state.runners, Number(id));
    case "GET runners":
      return json(response, routes.listRunners.reply, { items: state.runners, next: null });
    case "POST runners":
      return addRunner(state, request, response);
    case "GET attempts :id log":
    case "GET jobs :id log":
      return sendLog(state, request, response, Number(id));
    default:
      return problem(response, { status: 404, code: "not-found", detail: `no route ${asked}` });
  }
}

function sendLog(state: ServerState, request: IncomingMessage, response: ServerResponse, id: number): void {
  if (request.headers.accept === "text/event-stream") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (state.stream === undefined) throw new Error("the test gave no stream");
    return state.stream(request, response);
  }
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(state.logs.get(id) ?? "");
}

async function approve(
  { jobs }: ServerState,
  request: IncomingMessage,
  response: ServerResponse,
  id: number,
): Promise<void> {
  const body: unknown = JSON.parse(await bodyOf(request));
  if (!Value.Check(routes.approveJob.body, body)) {
    return problem(response, { status: 400, code: "invalid-request", detail: "no such field" });
  }
  const approval = { at: aTime, by: "ada", sha: body.sha ?? "", note: body.note ?? null };
  one(
    response,
    routes.approveJob.reply,
    jobs.map((job) => ({ ...job, approval })),
    id,
  );
}

/** Those that the job shows, and the earlier ones. */
function attemptsOf({ jobs, earlier }: ServerState, jobId: number): Attempt[] {
  const newest = jobs.find(({ id }) => id === jobId)?.attempts ?? [];
  return [...earlier.filter((attempt) => attempt.jobId === jobId), ...newest];
}

function rerunOf({ jobs }: ServerState, collection: string | undefined, id: number): Workflow {
  const job = jobs.find((each) => id === (collection === "jobs" ? each.id : each.workflow.id))!;
  const from = collection === "jobs" ? "job" : "start";
  return {
    ...workflowOf(jobs, job.workflow.id),
    id: job.workflow.id + 10,
    rerunOf: job.workflow.id,
    rerun: { from, job: null, by: "ada", number: 1 },
  };
}

function workflowOf(jobs: readonly Job[], id: number): Workflow {
  const job = jobs.find(({ workflow }) => workflow.id === id)!;
  return {
    ...job.workflow,
    uuid: "uuid",
    pipelineId: job.pipelineId,
    status: "running",
    reason: null,
    message: null,
    startedAt: aTime,
    finishedAt: null,
    failing: false,
    createdAt: aTime,
    rerunOf: null,
    rerun: null,
  };
}

function sendTests(response: ServerResponse, tests: readonly Test[], query: URLSearchParams): void {
  const count = (result: Test["result"]): number => tests.filter((test) => test.result === result).length;
  const [limit, skip] = [Number(query.get("limit")), Number(query.get("cursor"))];
  const only = query.get("result");
  const wanted = tests.filter(({ result }) => only === null || only === result);
  json(response, routes.listTests.reply, {
    items: wanted.slice(skip, skip + limit),
    next: wanted.length > skip + limit ? String(skip + limit) : null,
    counts: { success: count("success"), failure: count("failure"), skipped: count("skipped") },
  });
}

function artifactPage({ artifacts }: ServerState, jobId: number, query: URLSearchParams) {
  const [limit, after] = [Number(query.get("limit")), Number(query.get("cursor"))];
  const wanted = (artifacts.get(jobId) ?? []).filter(({ id }) => id > after);
  const items = wanted.slice(0, limit).map(({ bytes: _bytes, ...artifact }) => artifact);
  return { items, next: wanted.length > limit ? String(items.at(-1)!.id) : null };
}

function sendArtifact({ artifacts, sendSlowly }: ServerState, response: ServerResponse, id: number): void {
  const found = [...artifacts.values()].flat().find((artifact) => artifact.id === id);
  if (found === undefined) return problem(response, { status: 404, code: "not-found", detail: "not there" });
  response.writeHead(200, { "content-type": "application/octet-stream" });
  if (sendSlowly === undefined) response.end(found.bytes);
  else sendSlowly(response, found.bytes);
}

/** One server-sent event. */
export function sendEvent(response: ServerResponse, event: string, data: unknown, id?: string): void {
  response.write(
    `event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`,
  );
}

function pageOf(pipelines: readonly Pipeline[], query: URLSearchParams) {
  const limit = Number(query.get("limit"));
  const before = Number(query.get("cursor") ?? Infinity);
  const asked = (name: string, value: string | null) => [null, value].includes(query.get(name));
  const wanted = pipelines.filter(
    ({ id, repo, branch, status }) =>
      id < before &&
      asked("repo", `${repo.owner}/${repo.name}`) &&
      asked("branch", branch) &&
      asked("status", status),
  );
  const items = wanted.slice(0, limit);
  return { items, next: wanted.length > limit ? String(items.at(-1)!.id) : null };
}

async function rerun(
  state: ServerState,
  { collection, id }: { readonly collection: string | undefined; readonly id: number },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { body: shape } = collection === "jobs" ? routes.rerunJob : routes.rerunWorkflow;
  const body: unknown = JSON.parse(await bodyOf(request));
  if (!Value.Check(shape, body)) throw new Error("the request breaks the contract");
  state.triggered.push(body);
  json(response, routes.rerunWorkflow.reply, rerunOf(state, collection, id), 201);
}

/** Lists them, or makes one whose next times are those of `30 2 * * *` in Berlin. */
async function sendSchedules(
  { schedules }: ServerState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === "GET") {
    return json(response, routes.listSchedules.reply, { items: schedules, next: null });
  }
  const body: unknown = JSON.parse(await bodyOf(request));
  if (!Value.Check(routes.createSchedule.body, body)) throw new Error("the request breaks the contract");
  schedules.push(aSchedule({ ...body, id: 3 }));
  json(response, routes.createSchedule.reply, schedules.at(-1), 201);
}

/** Its pipeline is the newest that the test knows, still pending; asked for later it is as the test has it. */
async function triggerPipeline(
  state: ServerState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body: unknown = JSON.parse(await bodyOf(request));
  if (!Value.Check(routes.triggerPipeline.body, body)) throw new Error("the request breaks the contract");
  state.triggered.push(body);
  const created = { ...state.pipelines[0], status: "pending", finishedAt: null };
  json(response, routes.triggerPipeline.reply, created, 201);
}

async function sendSecrets(
  { secrets }: ServerState,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const text = await bodyOf(request);
  const body = (text === "" ? {} : JSON.parse(text)) as Record<string, string>;
  const path = url.pathname.replace("/api/v1/", "");
  const answer = answerSecrets(secrets, request.method ?? "", path, body);
  if (answer === undefined) throw new Error(`no answer to ${path}`);
  if ("code" in answer) return problem(response, answer);
  json(response, answer.route.reply, answer.body, answer.route.status ?? 200);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}

async function addRunner(
  state: ServerState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body: unknown = JSON.parse(await bodyOf(request));
  if (!Value.Check(routes.addRunner.body, body)) {
    return problem(response, { status: 400, code: "invalid-request", detail: "host is not a host name" });
  }
  if (state.runners.some((runner) => runner.host === body.host)) {
    const detail = `runner ${body.host} exists already`;
    return problem(response, { status: 409, code: "conflict", detail });
  }
  const id = state.runners.length + 1;
  const runner = { id, host: body.host, status: "inactive", addedAt: aTime, lastSeenAt: null } as const;
  state.runners.push(runner);
  json(response, routes.addRunner.reply, runner, 201);
}

const aTime = "2024-06-01T12:00:00.000Z";

function one(response: ServerResponse, shape: TSchema, all: readonly { id: number }[], id: number): void {
  const found = all.find((item) => item.id === id);
  if (found === undefined) return problem(response, { status: 404, code: "not-found", detail: "not there" });
  json(response, shape, found);
}

function json(response: ServerResponse, shape: TSchema, body: unknown, status = 200): void {
  const faults = [...Value.Errors(shape, body)];
  if (faults.length > 0) throw new Error(`the test's answer breaks the contract: ${JSON.stringify(faults)}`);
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
}

function problem(
  response: ServerResponse,
  { status, code, detail }: { status: number; code: string; detail: string },
): void {
  const body = { type: "about:blank", title: code, status, code, detail, requestId: "req-7" };
  response.writeHead(status, { "content-type": "application/problem+json" }).end(JSON.stringify(body));
}
