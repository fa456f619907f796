import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { createClient, type Client, type Job, type Pipeline } from "@fmg/client";
import { runGit, startGitServer, type CommitInput, type GitServer } from "@fmg/git/testing";
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

export interface Stack {
  readonly git: GitServer;
  readonly github: FakeGitHub;
  /** Undefined with an embedded Redis. */
  readonly redis: TestRedis | undefined;
  readonly dataDir: string;
  readonly instance: string;
  readonly adminToken: string;
  readonly webhookSecret: string;
  /** What the apps show to the fake GitHub (and to the git server, if it is private). */
  readonly githubToken: string;
  readonly api: App;
  /** Throws while none runs. */
  readonly orchestrator: App;
  /** Commits to the git server, sends the signed webhook, and returns what the API answered. */
  push(repository: string, commit: CommitInput): Promise<Push>;
  /** The typed client, as an admin. It talks to the API that runs now. */
  readonly client: Client;
  /** GET below /api/v1, as an admin; throws with the answer's text when it is not 2xx. */
  get<T>(path: string): Promise<T>;
  /** The text of a job's log as far as it is written. */
  jobLog(pipelineId: number, jobName: string): Promise<string>;
  jobs(pipelineId: number): Promise<readonly Job[]>;
  /** Fails at once when the pipeline ends otherwise. */
  waitForPipeline(id: number, status: string, deadlineMs?: number): Promise<Pipeline>;
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

/** Starts the whole of FMG: API and orchestrator as processes, on real Docker, Redis and git, with a fake GitHub. */
export async function startStack(settings: StackSettings = {}): Promise<Stack> {
  await using starting = new AsyncDisposableStack();
  const surroundings = await startSurroundings(settings, starting);
  const apps = await startApps(settings, { ...surroundings.env, ...settings.env }, starting);
  const { env: _, ...facts } = surroundings;
  const { git, github, instance, adminToken, webhookSecret } = facts;
  const read = createReader(() => apps.api, adminToken);
  const cleanUp = starting.move();

  return {
    ...facts,
    ...read,
    startOrchestrator: apps.startOrchestrator,
    killOrchestrator: apps.killOrchestrator,
    restartApi: apps.restartApi,
    leftovers: () => leftovers(instance),
    get client() {
      return read.client();
    },
    get api() {
      return apps.api;
    },
    get orchestrator() {
      return apps.orchestrator;
    },
    push: (repository, commit) =>
      push({ git, github, repository, commit, secret: webhookSecret, url: `${apps.api.url}/webhook` }),
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

type Surroundings = Pick<
  Stack,
  "git" | "github" | "redis" | "dataDir" | "instance" | "adminToken" | "webhookSecret" | "githubToken"
> & { readonly env: Readonly<Record<string, string>> };

/** Everything but the apps; `env` is what they need to find it. */
async function startSurroundings(
  settings: StackSettings,
  starting: AsyncDisposableStack,
): Promise<Surroundings> {
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
  };
  return { git, github, redis, dataDir, instance, adminToken, webhookSecret, githubToken, env };
}

type Apps = Pick<Stack, "api" | "orchestrator" | "startOrchestrator" | "killOrchestrator" | "restartApi">;

async function startApps(
  settings: StackSettings,
  env: Readonly<Record<string, string>>,
  starting: AsyncDisposableStack,
): Promise<Apps> {
  let api: App | undefined;
  let orchestrator: App | undefined;
  // Undone in reverse: the orchestrator first, for the API owns the embedded Redis.
  starting.defer(() => stopIfRunning(api));
  starting.defer(() => stopIfRunning(orchestrator));
  const startOrchestrator = async (): Promise<App> => {
    if (orchestrator?.isRunning()) throw new Error("the orchestrator runs already");
    return (orchestrator = await startApp({ main: "apps/orchestrator/src/main.ts", env }));
  };
  // At the same time, as the orchestrator waits for the API by itself.
  const started = await Promise.allSettled([
    startApp({ main: "apps/api/src/main.ts", env }).then((app) => (api = app)),
    settings.orchestrator === "later" ? undefined : startOrchestrator(),
  ]);
  for (const result of started) if (result.status === "rejected") throw result.reason;

  return {
    startOrchestrator,
    get api() {
      return api!;
    },
    get orchestrator() {
      if (orchestrator === undefined) throw new Error("no orchestrator was started");
      return orchestrator;
    },
    async killOrchestrator() {
      await orchestrator?.kill();
    },
    async restartApi() {
      await api?.stop();
      return (api = await api!.restart());
    },
  };
}

const FINAL: readonly string[] = ["success", "failure", "error", "canceled", "skipped"];

interface Reader extends Pick<Stack, "get" | "jobs" | "jobLog" | "waitForPipeline"> {
  readonly client: () => Client;
}

/** What can be asked of the API. It may be another process the next time, at another address. */
function createReader(api: () => App, token: string): Reader {
  const client = (): Client => createClient({ serverUrl: api().url!, token });
  const jobs = async (id: number): Promise<readonly Job[]> =>
    (await client().listJobs({ params: { id } })).items;

  return {
    client,
    jobs,
    async get<T>(path: string): Promise<T> {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${api().url}/api/v1${path}`, { headers });
      if (!answer.ok) throw new Error(`GET /api/v1${path} is ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as T;
    },
    async jobLog(id, jobName) {
      const all = await jobs(id);
      const job = all.find(({ name }) => name === jobName);
      if (job === undefined) {
        const names = all.map(({ name }) => name).join(", ");
        throw new Error(`pipeline ${id} has no job ${jobName}; its jobs: ${names}`);
      }
      return text(client().readLog({ jobId: job.id }));
    },
    waitForPipeline: (id, status, deadlineMs = 60_000) =>
      awaitState({
        what: `pipeline ${id} to be ${status}`,
        read: () => client().getPipeline({ params: { id } }),
        judge: (pipeline) => {
          if (pipeline.status === status) return "reached";
          return FINAL.includes(pipeline.status) ? { unreachable: "it has ended" } : "waiting";
        },
        deadlineMs,
      }),
  };
}

interface PushInput {
  readonly git: GitServer;
  readonly github: FakeGitHub;
  readonly repository: string;
  readonly commit: CommitInput;
  readonly url: string;
  readonly secret: string;
}

async function push({ git, github, repository, commit, url, secret }: PushInput): Promise<Push> {
  const sha = await git.commit(repository, commit);
  github.addRepository(repository);
  github.addCommit(repository, sha);
  const ref = refOf(commit);
  const payload = pushPayload({
    repository,
    ref,
    sha,
    // GitHub names the tag object of an annotated tag, and the commit beside it.
    ...(typeof commit.tag === "object" ? { tagObject: await objectOf(git, repository, ref) } : {}),
    message: commit.message ?? "A commit",
    serverUrl: git.url,
  });
  const answer = await deliver({ url, event: "push", payload, secret });
  const body = await answer.text();
  if (answer.status !== 202) throw new Error(`the push was answered ${answer.status}: ${body}`);
  return { sha, pipelineId: (JSON.parse(body) as { pipelineId: number }).pipelineId };
}

async function objectOf(git: GitServer, repository: string, ref: string): Promise<string> {
  return (await runGit(git.folder(repository), ["rev-parse", ref])).trim();
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
  if (client.status !== "end") client.disconnect();
  const folder = dirname(socket.trim());
  if (basename(folder).startsWith("fmg-redis-")) await rm(folder, { recursive: true, force: true });
}
