import { EventEmitter, once } from "node:events";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { loadOperations, type Operation } from "./check-request.ts";
import { endOfSilence, isLate, sendFault, sendLate, type GitHubFault, type LateFault } from "./faults.ts";

export interface FakeGitHubSettings {
  /** Requests without it are answered 401. */
  readonly token: string;
  /** GitHub's clock, in milliseconds; the machine's unless given. */
  readonly now?: () => number;
}

/** A commit status as GitHub stores it. */
export interface StoredStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: "error" | "failure" | "pending" | "success";
  readonly description: string | null;
  readonly targetUrl: string | null;
}

export interface FakeGitHub {
  /** For GITHUB_API_URL. */
  readonly apiUrl: string;
  /** Requests that GitHub would not take, in words. A harness asserts that there are none. */
  readonly violations: readonly string[];
  /** Requests so far, as "POST /repos/octo/repo/statuses/…", those that met a fault too. */
  readonly requests: readonly string[];
  addRepository(repository: string, options?: { private?: boolean }): void;
  /** Statuses can be set on known commits only. */
  addCommit(repository: string, sha: string): void;
  /** All statuses of a commit, in the order in which they came. */
  statuses(sha: string): readonly StoredStatus[];
  /** The newest status of each context. */
  combined(sha: string): ReadonlyMap<string, StoredStatus>;
  /** Resolves with the first status, past or to come, that fits; at the deadline it rejects with what came instead. */
  waitForStatus(
    wanted: { sha: string; context: string; state: StoredStatus["state"] },
    deadlineMs: number,
  ): Promise<StoredStatus>;
  /** The next `count` requests meet the fault. */
  failNext(count: number, fault: GitHubFault): void;
  /** Each request meets what `choose` gives for it; undefined: none. Without an argument GitHub is well again. */
  failBy(choose?: () => GitHubFault | undefined): void;
  /** Changes the token that is asked for. */
  requireToken(token: string): void;
  close(): Promise<void>;
}

interface Repository {
  readonly id: number;
  readonly name: string;
  readonly private: boolean;
  readonly commits: Set<string>;
}

const MAX_DESCRIPTION = 140;
const MAX_STATUSES_PER_CONTEXT = 1000;

/** One stateful GitHub over real HTTP. It takes only requests that fit GitHub's own description (openapi.json). */
export async function startFakeGitHub(settings: FakeGitHubSettings): Promise<FakeGitHub> {
  const repositories = new Map<string, Repository>();
  const stored: StoredStatus[] = [];
  const faults: GitHubFault[] = [];
  const lateFaults = new WeakMap<FastifyRequest, LateFault>();
  const now = settings.now ?? Date.now;
  let chooseFault: () => GitHubFault | undefined = () => undefined;
  let silentUntil = 0;
  const violations: string[] = [];
  const requests: string[] = [];
  const arrivals = new EventEmitter().setMaxListeners(0);
  let token = settings.token;

  const app = Fastify({ forceCloseConnections: true, exposeHeadRoutes: false });
  app.addHook("onRequest", async (request, reply) => {
    requests.push(`${request.method} ${request.url}`);
    reply.header("date", new Date(now()).toUTCString());
    if (now() < silentUntil) violations.push(`${request.method} ${request.url}: GitHub asked for silence`);
    const fault = faults.shift() ?? chooseFault();
    if (fault !== undefined) silentUntil = Math.max(silentUntil, endOfSilence(fault, now()));
    if (fault !== undefined && isLate(fault)) lateFaults.set(request, fault);
    else if (fault !== undefined) return sendFault(fault, reply);
    const given = request.headers.authorization ?? "";
    if (!/^(token|bearer) /i.test(given) || given.replace(/^\w+ /, "") !== token) {
      return reply.code(401).send({ message: "Bad credentials" });
    }
    return undefined;
  });
  const refuse = (request: FastifyRequest, reply: FastifyReply, found: readonly string[]): FastifyReply => {
    violations.push(`${request.method} ${request.url}: ${found.join("; ")}`);
    return reply.code(422).send({ message: "Validation Failed", errors: found });
  };
  app.setNotFoundHandler((request, reply) =>
    refuse(request, reply, ["no operation that FMG is known to call"]),
  );
  app.setErrorHandler((error, request, reply) => refuse(request, reply, [String(error)]));

  const answers: Record<string, (request: FastifyRequest, repository: Repository) => Answer> = {
    "repos/get": (_, repository) => ({
      body: {
        id: repository.id,
        full_name: repository.name,
        private: repository.private,
        default_branch: "main",
      },
    }),
    "repos/create-commit-status": (request, repository) => {
      const answer = createStatus(repository, request, stored);
      if ("status" in answer) {
        stored.push(answer.status);
        arrivals.emit("status");
      }
      return answer;
    },
    "repos/list-commit-statuses-for-ref": (request) => {
      const { ref } = request.params as { ref: string };
      const { page = "1", per_page = "30" } = request.query as { page?: string; per_page?: string };
      const newestFirst = stored.filter(({ sha }) => sha === ref).toReversed();
      const start = (Number(page) - 1) * Number(per_page);
      return { body: newestFirst.slice(start, start + Number(per_page)).map((status) => wireStatus(status)) };
    },
  };
  for (const operation of loadOperations()) {
    const answer = answers[operation.id];
    const faultOf = (request: FastifyRequest) => lateFaults.get(request);
    serveOperation({ app, operation, repositories, refuse, answer, faultOf });
  }
  const apiUrl = await app.listen({ host: "127.0.0.1", port: 0 });

  const statuses = (sha: string): StoredStatus[] => stored.filter((status) => status.sha === sha);
  const repositoryOf = (name: string): Repository => {
    const repository = repositories.get(name.toLowerCase());
    if (repository === undefined) throw new Error(`the fake GitHub has no repository ${name}: add it first`);
    return repository;
  };
  return {
    apiUrl,
    violations,
    requests,
    statuses,
    addRepository(name, options = {}) {
      if (repositories.has(name.toLowerCase())) return;
      const id = repositories.size + 1;
      repositories.set(name.toLowerCase(), {
        id,
        name,
        private: options.private ?? false,
        commits: new Set(),
      });
    },
    addCommit(name, sha) {
      repositoryOf(name).commits.add(sha);
    },
    combined: (sha) => new Map(statuses(sha).map((status) => [status.context, status])),
    async waitForStatus(wanted, deadlineMs) {
      const deadline = AbortSignal.timeout(deadlineMs);
      for (;;) {
        const found = statuses(wanted.sha).find(
          ({ context, state }) => context === wanted.context && state === wanted.state,
        );
        if (found !== undefined) return found;
        await once(arrivals, "status", { signal: deadline }).catch(() => {
          throw new Error(
            `no status "${wanted.context}" became ${wanted.state} within ${deadlineMs} ms. Came: ${describe(statuses(wanted.sha))}`,
          );
        });
      }
    },
    failNext(count, fault) {
      for (let i = 0; i < count; i += 1) faults.push(fault);
    },
    failBy(choose = () => undefined) {
      chooseFault = choose;
    },
    requireToken(next) {
      token = next;
    },
    close: () => app.close(),
  };
}

type Answer =
  | { readonly body: unknown }
  | { readonly body: unknown; readonly status: StoredStatus }
  | { readonly refused: string };

interface ServedOperation {
  readonly app: FastifyInstance;
  readonly operation: Operation;
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly refuse: (request: FastifyRequest, reply: FastifyReply, found: readonly string[]) => FastifyReply;
  readonly answer: ((request: FastifyRequest, repository: Repository) => Answer) | undefined;
  readonly faultOf: (request: FastifyRequest) => LateFault | undefined;
}

function serveOperation(served: ServedOperation): void {
  const { app, operation, repositories, refuse, answer, faultOf } = served;
  if (answer === undefined)
    throw new Error(`openapi.json has ${operation.id}, which the fake GitHub cannot answer`);
  app.route({
    method: operation.method,
    url: operation.route,
    handler: async (request, reply) => {
      const { body, headers } = request;
      const params = request.params as Record<string, string>;
      const query = request.query as Record<string, unknown>;
      const found = operation.violationsOf({ params, query, body, headers });
      if (found.length > 0) return refuse(request, reply, found);
      const repository = repositories.get(`${params["owner"]}/${params["repo"]}`.toLowerCase());
      if (repository === undefined) return reply.code(404).send({ message: "Not Found" });
      const result = answer(request, repository);
      if ("refused" in result) return refuse(request, reply, [result.refused]);
      operation.assertReply(result.body);
      const fault = faultOf(request);
      if (fault !== undefined) return sendLate(fault, reply.code(operation.status), result.body);
      return reply.code(operation.status).send(result.body);
    },
  });
}

/** Rules of GitHub that its description does not say. */
function createStatus(
  repository: Repository,
  request: FastifyRequest,
  stored: readonly StoredStatus[],
): Answer {
  const { sha } = request.params as { sha: string };
  const body = request.body as {
    state: StoredStatus["state"];
    context?: string;
    description?: string | null;
    target_url?: string | null;
  };
  const status: StoredStatus = {
    id: stored.length + 1,
    sha,
    context: body.context ?? "default",
    state: body.state,
    description: body.description ?? null,
    targetUrl: body.target_url ?? null,
  };
  if (!repository.commits.has(sha)) return { refused: `no commit found for SHA: ${sha}` };
  if (Array.from(status.description ?? "").length > MAX_DESCRIPTION) {
    return { refused: `description is too long (maximum is ${MAX_DESCRIPTION} characters)` };
  }
  if (status.targetUrl !== null && !/^https?:$/.test(URL.parse(status.targetUrl)?.protocol ?? "")) {
    return { refused: "target_url must use http(s) scheme" };
  }
  const earlier = stored.filter((other) => other.sha === sha && other.context === status.context);
  if (earlier.length >= MAX_STATUSES_PER_CONTEXT)
    return { refused: "this SHA and context has reached 1000 statuses" };
  return { body: wireStatus(status), status };
}

function wireStatus({ id, sha, context, state, description, targetUrl }: StoredStatus): object {
  const time = new Date().toISOString();
  return {
    url: `https://api.github.com/statuses/${sha}`,
    avatar_url: null,
    id,
    node_id: `status-${id}`,
    state,
    description,
    target_url: targetUrl,
    context,
    created_at: time,
    updated_at: time,
    creator: null,
  };
}

function describe(statuses: readonly StoredStatus[]): string {
  if (statuses.length === 0) return "none";
  return statuses
    .map(({ context, state, description }) => `"${context}" ${state} (${description})`)
    .join(", ");
}
