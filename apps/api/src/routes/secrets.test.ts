import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { acceptDelivery, keyState, revokeToken, listTokens } from "@fmg/db";
import { aPush } from "@fmg/db/testing";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { newToken } from "../own-secrets.ts";
import { startApi, type TestApi } from "../testing/start-api.ts";

jest.setTimeout(60_000);

let redis: TestRedis;
let api: TestApi;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  api = await startApi(redis);
  acceptDelivery(api.db, aPush());
});
afterEach(() => api.close());

type Method = "GET" | "POST" | "PUT" | "DELETE";

async function call(method: Method, path: string, payload?: object, token = api.adminToken) {
  const headers = { authorization: `Bearer ${token}` };
  const url = `/api/v1${path}`;
  const answer = await api.app.inject({
    method,
    url,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), text: answer.body };
}

const lastEntries = async (limit: number) =>
  (await call("GET", `/audit?limit=${limit}`)).body["items"] as Record<string, unknown>[];

describe("a variable (SEC-5)", () => {
  const value = "a-long-value-of-a-secret";
  const at = "/projects/Octo/repo/variables";

  test("is set, listed without its value, and deleted, each with a line in the book", async () => {
    const set = await call("PUT", `${at}/NPM_TOKEN`, { value });
    const again = await call("PUT", `${at}/NPM_TOKEN`, { value: "short" });
    const listed = await call("GET", at);
    const gone = await call("DELETE", `${at}/NPM_TOKEN`);

    const shown = { name: "NPM_TOKEN", createdAt: expect.any(String), updatedAt: expect.any(String) };
    expect(set).toMatchObject({ status: 200, body: { ...shown, hint: "cret" } });
    expect(again.body).toEqual({ ...shown, hint: null });
    expect(listed.body).toEqual({ items: [again.body], next: null });
    expect(gone).toMatchObject({ status: 200, body: again.body });
    expect((await call("DELETE", `${at}/NPM_TOKEN`)).status).toBe(404);
    for (const { text } of [set, again, listed, gone]) expect(text).not.toContain(value);
    expect(api.logged()).not.toContain(value);
    const line = {
      target: "project octo/repo",
      detail: "NPM_TOKEN",
      token: { name: "admin" },
      ip: "127.0.0.1",
    };
    expect(await lastEntries(3)).toMatchObject([
      { ...line, action: "variable.delete", afterHash: null },
      { ...line, action: "variable.set", beforeHash: expect.any(String) },
      { ...line, action: "variable.set", beforeHash: null },
    ]);
  });

  test.each<[string, string, object, number, string]>([
    [
      "of a repository that never pushed",
      "/projects/octo/other/variables/A",
      { value },
      404,
      "push to it once",
    ],
    ["of a context that is not there", "/contexts/none/variables/A", { value }, 404, "no context none"],
    ["with a name that no shell takes", `${at}/1A`, { value }, 400, "variable"],
    ["with nothing in it", `${at}/A`, { value: "" }, 400, "value"],
    ["with a NUL in it", `${at}/A`, { value: "a-secret\0value" }, 400, "value"],
    ["that is too long", `${at}/A`, { value: "x".repeat(32_769) }, 400, "value"],
    ["that is no text", `${at}/A`, { value: 5 }, 400, "value"],
  ])("%s is refused, and the refusal does not repeat it", async (_, path, body, status, detail) => {
    const answer = await call("PUT", path, body);
    expect(answer).toMatchObject({ status, body: { detail: expect.stringContaining(detail) } });
    expect(answer.text).not.toMatch(/a-secret|a-long|xxx/);
    expect(api.logged()).not.toMatch(/a-secret|a-long|xxx/);
  });
});

describe("a context (R-CTX-2)", () => {
  test("is created, restricted, given variables and deleted, each with a line in the book", async () => {
    const created = await call("POST", "/contexts", { name: "deploy to prod" });
    const at = "/contexts/deploy%20to%20prod";
    await call("PUT", `${at}/variables/TOKEN`, { value: "value" });
    for (const restriction of [
      { kind: "project", value: "OCTO/repo" },
      { kind: "branch", value: "main" },
      { kind: "tag", value: "/v.*/" },
      { kind: "expression", value: 'pipeline.git.branch == "main"' },
    ]) {
      expect(await call("POST", `${at}/restrictions`, restriction)).toMatchObject({ status: 200 });
    }
    const listed = await call("GET", "/contexts");
    const [context] = listed.body["items"] as { restrictions: { id: number }[] }[];
    const left = await call("DELETE", `${at}/restrictions/${context!.restrictions[0]!.id}`);
    const deleted = await call("DELETE", at);

    expect(created).toMatchObject({ status: 201, body: { name: "deploy to prod", restrictions: [] } });
    expect(context!.restrictions).toEqual([
      { id: expect.any(Number), kind: "branch", value: "main" },
      { id: expect.any(Number), kind: "expression", value: 'pipeline.git.branch == "main"' },
      { id: expect.any(Number), kind: "project", value: "octo/repo" },
      { id: expect.any(Number), kind: "tag", value: "/v.*/" },
    ]);
    expect(left.body["restrictions"]).toHaveLength(3);
    expect(deleted.body).toEqual(left.body);
    expect((await call("GET", at)).status).toBe(404);
    const lines = await lastEntries(8);
    expect(lines.map(({ action, detail }) => `${String(action)}: ${String(detail)}`).reverse()).toEqual([
      "context.create: null",
      "variable.set: TOKEN",
      "context.restrict: project octo/repo",
      "context.restrict: branch main",
      "context.restrict: tag /v.*/",
      'context.restrict: expression pipeline.git.branch == "main"',
      "context.unrestrict: branch main",
      "context.delete: null",
    ]);
    for (const { target } of lines) expect(target).toBe("context deploy to prod");
  });

  test.each([
    [{ kind: "project", value: "octo/unknown" }, 404, "does not know the project octo/unknown"],
    [{ kind: "project", value: "octo" }, 404, "does not know the project octo"],
    [{ kind: "branch", value: "/(/" }, 400, "cannot restrict"],
    [{ kind: "expression", value: "pipeline.git.branch ==" }, 400, "cannot restrict"],
    [{ kind: "expression", value: 'pipeline.parameters.x == "y"' }, 400, "no parameters"],
    [{ kind: "group", value: "admins" }, 400, "kind"],
  ])("is not restricted by %j, which could never let a job through", async (restriction, status, detail) => {
    await call("POST", "/contexts", { name: "deploy" });
    const answer = await call("POST", "/contexts/deploy/restrictions", restriction);
    expect(answer).toMatchObject({ status, body: { detail: expect.stringContaining(detail) } });
    expect((await call("GET", "/contexts/deploy")).body["restrictions"]).toEqual([]);
  });

  test("exists once", async () => {
    expect((await call("POST", "/contexts", { name: "deploy" })).status).toBe(201);
    expect(await call("POST", "/contexts", { name: "deploy" })).toMatchObject({ body: { code: "conflict" } });
    expect((await call("POST", "/contexts", { name: " deploy" })).status).toBe(400);
  });
});

test("a rotation is begun once, and told how far it is, until the orchestrator has done it", async () => {
  await call("PUT", "/projects/octo/repo/variables/A", { value: "value" });
  const before = (await call("GET", "/encryption-key")).body;
  const begun = await call("POST", "/encryption-key/rotate");
  const again = await call("POST", "/encryption-key/rotate");

  expect(before).toEqual({ newest: expect.any(String), older: [], remaining: 0, missing: [] });
  expect(begun).toMatchObject({ status: 202, body: { older: [before["newest"]], remaining: 1 } });
  expect(again.body).toEqual(begun.body);
  expect(await lastEntries(1)).toMatchObject([{ action: "key.rotate", target: "encryption key" }]);
  expect(begun.body).toEqual(keyState(api.db, api.encryptionKey));
});

test("a runner that is added has its line in the book (SEC-24)", async () => {
  const { body } = await call("POST", "/runners", { host: "build1.local" });
  expect(await lastEntries(1)).toMatchObject([
    { action: "runner.add", target: `runner ${String(body["id"])}`, detail: "build1.local" },
  ]);
});

test("500 tokens and secrets, used and misused, leave no trace in the database, Redis, logs or answers (SEC-4)", async () => {
  const secrets = Array.from({ length: 250 }, (_, n) => `canary-${n}-${newToken().slice(4)}`);
  const tokens = Array.from({ length: 250 }, (_, n) =>
    // Some are valid, some revoked, some unknown.
    n % 3 === 0 ? newToken() : api.token(n % 2 === 0 ? "read" : "admin"),
  );
  for (const { id } of listTokens(api.db).filter(({ id }) => id % 5 === 0)) revokeToken(api.db, id, 1);
  await call("POST", "/contexts", { name: "deploy" });
  const answers: string[] = [];
  for (const [n, value] of secrets.entries()) {
    const path = n < 100 ? "/contexts/deploy" : n < 200 ? "/projects/octo/repo" : "/contexts/none";
    const right = { value };
    // Wrong shapes too: a refusal must not repeat what it refuses.
    const body = n % 10 === 9 ? { value: [value], [value]: value } : right;
    answers.push((await call("PUT", `${path}/variables/V${n}`, body)).text);
  }
  for (const [n, token] of tokens.entries()) {
    const paths = ["/pipelines", "/audit", "/runners/none", "/contexts", "/projects/octo/repo/variables"];
    answers.push((await call("GET", paths[n % paths.length]!, undefined, token)).text);
  }
  const file = (suffix: string) => readFileSync(api.dbFile + suffix, "latin1");

  const places = {
    database: file("") + file("-wal"),
    redis: await redis.contents(),
    log: api.logged(),
    answers: answers.join("\n"),
  };
  const found = Object.entries(places).flatMap(([place, text]) =>
    [...secrets, ...tokens].filter((canary) => text.includes(canary)).map((canary) => [place, canary]),
  );
  expect(found).toEqual([]);
  expect(places.answers).toContain('"hint"');
  expect(new Set(tokens.map((token) => token.length))).toEqual(new Set([53]));
});
