import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGitServer, type CommitInput, type GitServer } from "@fmg/git/testing";
import { Redis } from "ioredis";
import { awaitState } from "./await-state.ts";
import { leftovers, removeLeftovers } from "./docker-leftovers.ts";
import { deliver } from "./fake-github/deliver.ts";
import { startFakeGitHub, type FakeGitHub } from "./fake-github/fake-github.ts";
import { pushPayload } from "./fake-github/push-payload.ts";
import { buildTestImages } from "./images/images.ts";
import { startApp, type App } from "./processes.ts";
import { startRedis, type TestRedis } from "./redis.ts";

export interface StackSettings {
  /** "embedded": the API starts and owns it; "own": a redis-server of the test, to kill and flush. */
  readonly redis?: "embedded" | "own";
  /** The git server asks for the token that the apps have. */
  readonly repositories?: "public" | "private";
  /** "later": start it by `startOrchestrator`. */
  readonly orchestrator?: "now" | "later";
  /** Further settings of both apps; they win over the stack's. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Push {
  readonly pipelineId: number;
  readonly sha: string;
}

/** A pipeline as the API shows it; only the fields that tests look at. */
export interface PipelineView {
  readonly id: number;
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
}

export interface JobView {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly reason: string | null;
}

export interface Stack {
  readonly git: GitServer;
  readonly github: FakeGitHub;
  /** Undefined with an embedded Redis. */
  readonly redis: TestRedis | undefined;
  readonly dataDir: string;
  readonly instance: string;
  readonly adminToken: string;
  readonly webhookSecret: string;
  readonly api: App;
  /** Throws while none runs. */
  readonly orchestrator: App;
  /** Commits to the git server, sends the signed webhook, and returns what the API answered. */
  push(repository: string, commit: CommitInput): Promise<Push>;
  /** GET below /api/v1, as an admin; throws with the answer's text when it is not 2xx. */
  get<T>(path: string): Promise<T>;
  /** The text of a job's log as far as it is written. */
  jobLog(pipelineId: number, jobName: string): Promise<string>;
  jobs(pipelineId: number): Promise<readonly JobView[]>;
  /** Fails at once when the pipeline ends otherwise. */
  waitForPipeline(id: number, status: string, deadlineMs?: number): Promise<PipelineView>;
  startOrchestrator(): Promise<App>;
  /** SIGKILL, as a power cut would; `startOrchestrator` brings its successor. */
  killOrchestrator(): Promise<void>;
  /** Stops the API in order and starts it again, on another port. */
  restartApi(): Promise<App>;
  /** Containers and volumes of this stack that are in Docker now. */
  leftovers(): Promise<string[]>;
  /**
   * Stops everything and removes all that it left. Throws when the fake GitHub saw a request that GitHub would not take,
   * or when something of this stack could not be removed from Docker.
   */
  stop(): Promise<void>;
}

const FINAL = ["success", "failure", "error", "canceled", "skipped"];

/** Starts the whole of FMG: API and orchestrator as processes, on real Docker, Redis and git, with a fake GitHub. */
export async function startStack(settings: StackSettings = {}): Promise<Stack> {
  await using starting = new AsyncDisposableStack();
  const instance = `test-${randomBytes(4).toString("hex")}`;
  const folder = await mkdtemp(join(tmpdir(), "fmg-stack-"));
  starting.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const dataDir = join(folder, "data");
  const githubToken = `ghp_${randomBytes(12).toString("hex")}`;
  const git = starting.adopt(
    await startGitServer(settings.repositories === "private" ? { token: githubToken } : {}),
    (server) => server.close(),
  );
  const github = starting.adopt(await startFakeGitHub({ token: githubToken }), (fake) => fake.close());
  const redis =
    settings.redis === "own" ? starting.adopt(await startRedis(), (own) => own.close()) : undefined;
  await buildTestImages();
  starting.defer(() => removeLeftovers(instance));
  starting.defer(() => endEmbeddedRedis(dataDir));

  const adminToken = randomBytes(16).toString("hex");
  const webhookSecret = randomBytes(16).toString("hex");
  const env = {
    PORT: "0",
    FMG_DATA_DIR: dataDir,
    FMG_WORKSPACE_ROOT: join(folder, "workspaces"),
    FMG_INSTANCE: instance,
    FMG_PUBLIC_URL: "http://fmg.test",
    FMG_ADMIN_TOKEN: adminToken,
    WEBHOOK_SECRET: webhookSecret,
    GITHUB_TOKEN: githubToken,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: git.url,
    ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
    ...settings.env,
  };
  let api = await startApp({ main: "apps/api/src/main.ts", env });
  starting.defer(() => stopIfRunning(api));
  let orchestrator: App | undefined;
  starting.defer(() => stopIfRunning(orchestrator));
  const startOrchestrator = async (): Promise<App> => {
    if (orchestrator?.isRunning()) throw new Error("the orchestrator runs already");
    return (orchestrator = await startApp({ main: "apps/orchestrator/src/main.ts", env }));
  };
  if (settings.orchestrator !== "later") await startOrchestrator();

  const request = async (path: string): Promise<Response> => {
    const answer = await fetch(`${api.url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    if (!answer.ok) throw new Error(`GET /api/v1${path} is ${answer.status}: ${await answer.text()}`);
    return answer;
  };
  const get = async <T>(path: string): Promise<T> => (await (await request(path)).json()) as T;
  const jobs = async (id: number): Promise<readonly JobView[]> =>
    (await get<{ items: readonly JobView[] }>(`/pipelines/${id}/jobs`)).items;
  const cleanUp = starting.move();

  return {
    git,
    github,
    redis,
    dataDir,
    instance,
    adminToken,
    webhookSecret,
    get,
    jobs,
    startOrchestrator,
    leftovers: () => leftovers(instance),
    get api() {
      return api;
    },
    get orchestrator() {
      if (orchestrator === undefined) throw new Error("no orchestrator was started");
      return orchestrator;
    },
    async push(repository, commit) {
      const sha = await git.commit(repository, commit);
      github.addRepository(repository);
      github.addCommit(repository, sha);
      const payload = pushPayload({
        repository,
        ref: refOf(commit),
        sha,
        message: commit.message ?? "A commit",
        serverUrl: git.url,
      });
      const answer = await deliver({
        url: `${api.url}/webhook`,
        event: "push",
        payload,
        secret: webhookSecret,
      });
      const text = await answer.text();
      if (answer.status !== 202) throw new Error(`the push was answered ${answer.status}: ${text}`);
      return { sha, pipelineId: (JSON.parse(text) as { pipelineId: number }).pipelineId };
    },
    async jobLog(id, jobName) {
      const all = await jobs(id);
      const job = all.find(({ name }) => name === jobName);
      if (job === undefined)
        throw new Error(
          `pipeline ${id} has no job ${jobName}, but ${all.map(({ name }) => name).join(", ")}`,
        );
      return (await request(`/jobs/${job.id}/log`)).text();
    },
    waitForPipeline: (id, status, deadlineMs = 60_000) =>
      awaitState({
        what: `pipeline ${id} to be ${status}`,
        read: () => get<PipelineView>(`/pipelines/${id}`),
        judge: (pipeline) => {
          if (pipeline.status === status) return "reached";
          return FINAL.includes(pipeline.status) ? { unreachable: `it has ended` } : "waiting";
        },
        deadlineMs,
      }),
    async killOrchestrator() {
      await orchestrator?.kill();
    },
    async restartApi() {
      await api.stop();
      return (api = await api.restart());
    },
    async stop() {
      await cleanUp.disposeAsync();
      const left = await leftovers(instance);
      if (left.length > 0) throw new Error(`Docker still has of ${instance}: ${left.join(", ")}`);
      if (github.violations.length > 0) {
        throw new Error(`GitHub would not have taken:\n${github.violations.join("\n")}`);
      }
    },
  };
}

function refOf({ branch, tag }: CommitInput): string {
  if (tag === undefined) return `refs/heads/${branch ?? "main"}`;
  return `refs/tags/${typeof tag === "string" ? tag : tag.annotated}`;
}

async function stopIfRunning(app: App | undefined): Promise<void> {
  if (app?.isRunning()) await app.stop();
}

/** An API that was killed leaves its Redis behind, for its successor; at the end there is none. */
async function endEmbeddedRedis(dataDir: string): Promise<void> {
  const socket = await readFile(join(dataDir, "redis", "socket-path"), "utf8").catch(() => "");
  if (socket.trim() === "") return;
  const client = new Redis(socket.trim(), {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  client.on("error", () => {
    // It ended with its API, as it should.
  });
  await client.connect().then(
    () => client.shutdown("NOSAVE").catch(() => undefined),
    () => undefined,
  );
  client.disconnect();
}
