import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { artifactRoutes, logRoutes, routes, serviceRoutes, type Policy, type Route } from "@fmg/client";
import {
  createContext,
  createSchedule,
  findContext,
  getPipeline,
  insertCache,
  listCaches,
  listTokens,
  restrictContext,
  revokeToken,
  storeArtifact,
  storeTestResults,
} from "@fmg/db";
import { startRedis, type TestRedis } from "@fmg/testkit";
import { fastify, type FastifyInstance, type LightMyRequestResponse } from "fastify";

import { runningJob } from "../testing/running-job.ts";
import { startApi, type TestApi } from "../testing/start-api.ts";
import { auth } from "./auth.ts";
import { errors } from "./errors.ts";

// The machine may be busy with other tests; each of these waits for events, not for time.
jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;
let tokens: Record<string, string | undefined>;

beforeAll(async () => {
  redis = await startRedis();
  api = await startApi(redis);
  const job = runningJob(api, ["build"]);
  const { attemptId } = job;
  storeTestResults(api.db, { attemptId, step: 1 }, [
    { name: "a", classname: "", file: "", durationMs: 1, result: "success", message: null },
  ]);
  const blob = await api.blobs.put(Readable.from([Buffer.from("kept")]));
  storeArtifact(api.db, { attemptId, path: "a.txt", ...blob, createdAt: 1, expiresAt: 2 });
  job.finish();
  const by = { tokenId: null, tokenName: null, ip: null, at: 1 };
  createContext(api.db, "deploy", by);
  restrictContext(api.db, findContext(api.db, "deploy")!, { kind: "branch", value: "main" }, by);
  const revoked = api.token("admin");
  revokeToken(api.db, listTokens(api.db).at(-1)?.id ?? 0, 1);
  tokens = {
    none: undefined,
    unknown: "fmg_unknown",
    revoked,
    read: api.token("read"),
    trigger: api.token("trigger"),
    runner: api.token("runner"),
    admin: api.adminToken,
  };
});
afterAll(async () => {
  await api.close();
  await redis.close();
});

const all: readonly Route[] = [routes, logRoutes, artifactRoutes, serviceRoutes].flatMap((table) =>
  Object.values(table),
);
const callers = ["none", "unknown", "revoked", "read", "trigger", "runner", "admin"];

/** An address of something that is there. */
function addressOf(path: string, id = 1): string {
  const params: Record<string, string> = {
    ":id": String(id),
    ":owner": "octo",
    ":name": "repo",
    ":context": "deploy",
  };
  return path.replaceAll(/:\w+/g, (param) => params[param] ?? param);
}

function aSchedule(): number {
  const { projectId } = getPipeline(api.db, 1)!;
  const when = { name: "nightly", cron: "0 0 * * *", timeZone: "UTC" };
  const what = { branch: "main", tag: null, workflow: null, parameters: {} };
  return createSchedule(api.db, { projectId, ...when, ...what, createdBy: "test", createdAt: 1 }).id;
}

function aCache(): number {
  const { projectId } = getPipeline(api.db, 1)!;
  const cache = { scope: "branch:main", key: `key-${Math.random()}`, parts: [], digest: "d", sizeBytes: 1 };
  insertCache(api.db, { ...cache, projectId, createdAt: 1, expiresAt: 2, since: 0 });
  return listCaches(api.db, { projectId, prefix: "", before: 1e9, limit: 1, now: 1 })[0]!.id;
}

/** Whoever may delete something has done so: each caller gets one of its own. */
function idFor(route: Route): number {
  if (route === routes.deleteSchedule) return aSchedule();
  return route === routes.deleteCache ? aCache() : 1;
}

function expected(policy: Policy, caller: string): "open" | 401 | 403 {
  if (policy === "open" || policy === "signature") return "open";
  if (["none", "unknown", "revoked"].includes(caller)) return 401;
  return policy === "token" || caller === "admin" || caller === policy ? "open" : 403;
}

describe.each(all.map((route) => [`${route.method} ${route.path}`, route] as const))("%s", (_, route) => {
  test.each(callers)("answers a caller with the token %s as its policy says", async (caller) => {
    const id = idFor(route);
    const answer = await call(api.app, route.method, addressOf(route.path, id), tokens[caller]);

    const wanted = expected(route.policy, caller);
    if (wanted === "open") {
      // The webhook has a check of its own, and refuses what has no signature.
      if (route.policy !== "signature") expect([401, 403]).not.toContain(answer.statusCode);
      expect(answer.statusCode).not.toBe(404);
    } else {
      expect(answer.statusCode).toBe(wanted);
      expect(answer.headers["content-type"]).toBe("application/problem+json");
    }
  });
});

describe("no spelling of an address gets around its policy:", () => {
  test.each([
    "/api/v1/pipelines/",
    "//api/v1/pipelines",
    "/api//v1/pipelines",
    "/api/v1/./pipelines",
    "/api/v1/x/../pipelines",
    "/API/v1/pipelines",
    "/api%2Fv1%2Fpipelines",
    "/%61pi/v1/pipelines",
    "/api/v1/pipelines?",
    "/api/v1/pipelines;a=b",
    "/api/v1/pipelines%00",
    "/docs/../api/v1/pipelines",
    "/docs/%2e%2e/api/v1/pipelines",
  ])("%s", async (url) => {
    const answers = await Promise.all(
      (["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"] as const).map((method) =>
        call(api.app, method, url, undefined),
      ),
    );

    for (const { statusCode } of answers) expect([400, 401, 404]).toContain(statusCode);
  });
});

describe("a token", () => {
  test("is told to be missing, or not to be valid, with the scheme that is asked for", async () => {
    const without = await call(api.app, "GET", "/api/v1/pipelines", undefined);
    const wrong = await call(api.app, "GET", "/api/v1/pipelines", "fmg_wrong");

    expect(without.headers["www-authenticate"]).toBe('Bearer realm="FMG"');
    expect(without.json()).toMatchObject({ detail: expect.stringContaining("No token came") });
    expect(wrong.json()).toMatchObject({ detail: expect.stringContaining("not valid") });
    expect(wrong.body).not.toContain("fmg_wrong");
  });

  test("never stands in the server's log", async () => {
    await call(api.app, "GET", "/api/v1/pipelines", "fmg_canary");
    await call(api.app, "GET", "/api/v1/pipelines/7", api.adminToken);

    expect(api.logged()).toContain('"route":"/api/v1/pipelines/:id"');
    expect(api.logged()).not.toContain("fmg_canary");
    expect(api.logged()).not.toContain(api.adminToken);
  });

  test("opens the page of a pipeline as a password, and nothing else", async () => {
    const basic = { authorization: `Basic ${Buffer.from(`anyone:${tokens["read"]}`).toString("base64")}` };

    const page = await api.app.inject({ url: "/p/1", headers: basic });
    const list = await api.app.inject({ url: "/api/v1/pipelines", headers: basic });
    const asked = await api.app.inject({ url: "/p/1" });

    expect(page.statusCode).toBe(200);
    expect(list.statusCode).toBe(401);
    expect(asked.statusCode).toBe(401);
    expect(asked.headers["www-authenticate"]).toBe('Basic realm="FMG", charset="UTF-8"');
  });
});

describe("a route that states no policy", () => {
  test("fails the start, and is named", async () => {
    const app = fastify();
    await app.register(errors);
    await app.register(auth, { db: api.db });
    app.get("/open", { config: { policy: "open" } }, () => "open");
    app.get("/forgotten", () => "forgotten");

    await expect(app.ready()).rejects.toThrow("the route GET /forgotten states no policy");
  });
});

function call(
  app: FastifyInstance,
  method: "GET" | "POST" | "HEAD" | "OPTIONS" | "PUT" | "DELETE",
  url: string,
  token: string | undefined,
): Promise<LightMyRequestResponse> {
  return app.inject({
    method,
    url,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
}
