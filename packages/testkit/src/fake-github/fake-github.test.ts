import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { cutOpenapi, openapiFile } from "./cut-openapi.ts";
import { startFakeGitHub, type FakeGitHub } from "./fake-github.ts";

const sha = "a".repeat(40);
let github: FakeGitHub;

beforeEach(async () => {
  github = await startFakeGitHub({ token: "s3cret" });
  github.addRepository("octo/repo");
  github.addCommit("octo/repo", sha);
});

afterEach(() => github.close());

interface Call {
  readonly path?: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

function call({
  path = `/repos/octo/repo/statuses/${sha}`,
  method = "POST",
  body,
  headers,
}: Call): Promise<Response> {
  return fetch(`${github.apiUrl}${path}`, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: "Bearer s3cret",
      "content-type": "application/json",
      ...headers,
    },
    ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
  });
}

test("openapi.json is what the script cuts out of GitHub's description", async () => {
  expect(await readFile(openapiFile, "utf8")).toBe(await cutOpenapi());
});

describe("commit statuses", () => {
  test("are kept in order, and combined to the newest of each context", async () => {
    for (const state of ["pending", "success"]) {
      const answer = await call({
        body: { state, context: "fmg", description: "d", target_url: "https://h/p/1" },
      });
      expect(answer.status).toBe(201);
    }

    expect(github.statuses(sha).map(({ state }) => state)).toEqual(["pending", "success"]);
    expect(github.combined(sha).get("fmg")).toMatchObject({ state: "success", targetUrl: "https://h/p/1" });
    const listed = await call({ path: `/repos/octo/repo/commits/${sha}/statuses?per_page=1`, method: "GET" });
    expect(await listed.json()).toMatchObject([{ state: "success" }]);
    expect(github.violations).toEqual([]);
  });

  test("can be waited for before and after they come", async () => {
    const wanted = { sha, context: "fmg", state: "success" } as const;
    const early = github.waitForStatus(wanted, 5000);
    await call({ body: { state: "success", context: "fmg" } });

    expect(await early).toMatchObject(wanted);
    expect(await github.waitForStatus(wanted, 0)).toMatchObject(wanted);
  });

  test("that do not come are told with those that came", async () => {
    await call({ body: { state: "failure", context: "fmg", description: "step 2" } });

    const waiting = github.waitForStatus({ sha, context: "fmg", state: "success" }, 20);

    await expect(waiting).rejects.toThrow(/became success within 20 ms. Came: "fmg" failure \(step 2\)/);
  });
});

describe("a request that GitHub would not take is 422 and a violation", () => {
  test.each<[string, Call, string]>([
    ["a state that does not exist", { body: { state: "green" } }, "body/state must be equal to one of"],
    ["no state", { body: { context: "fmg" } }, "required property 'state'"],
    ["a misspelt field", { body: { state: "success", targetUrl: "x" } }, "(targetUrl)"],
    ["a long description", { body: { state: "success", description: "x".repeat(141) } }, "too long"],
    ["a target without http", { body: { state: "success", target_url: "localhost/p/1" } }, "http(s)"],
    [
      "an unknown commit",
      { path: "/repos/octo/repo/statuses/abc", body: { state: "success" } },
      "no commit found",
    ],
    ["an unknown path", { path: "/repos/octo/repo/checks", body: {} }, "no operation"],
    ["another accept header", { body: { state: "success" }, headers: { accept: "text/html" } }, "accept is"],
    ["an unknown query", { path: "/repos/octo/repo?x=1", method: "GET" }, "(x)"],
  ])("%s", async (_, request, reason) => {
    const answer = await call(request);

    expect(answer.status).toBe(422);
    expect(github.violations).toEqual([expect.stringContaining(reason)]);
    expect(github.statuses(sha)).toEqual([]);
  });
});

describe("what a client must cope with", () => {
  test("a wrong token is 401, and no violation", async () => {
    const answer = await call({ body: { state: "success" }, headers: { authorization: "Bearer wrong" } });

    expect(answer.status).toBe(401);
    expect(github.violations).toEqual([]);
  });

  test("an unknown repository is 404", async () => {
    expect((await call({ path: "/repos/octo/other", method: "GET" })).status).toBe(404);
    expect((await call({ path: "/repos/octo/repo", method: "GET" })).status).toBe(200);
  });

  test("faults come as often as asked for, in order, and then it answers again", async () => {
    github.failNext(1, { kind: "status", status: 502 });
    github.failNext(1, { kind: "retry-after", seconds: 7 });
    github.failNext(1, { kind: "limit-reached", resetAt: 1_800_000_000 });
    const get = () => call({ path: "/repos/octo/repo", method: "GET" });

    expect((await get()).status).toBe(502);
    expect((await get()).headers.get("retry-after")).toBe("7");
    expect((await get()).headers.get("x-ratelimit-remaining")).toBe("0");
    expect((await get()).status).toBe(200);
  });

  test("a request that comes while silence was asked for is a violation", async () => {
    github.failNext(1, { kind: "secondary-limit", status: 429 });
    await call({ path: "/repos/octo/repo", method: "GET" });
    expect(github.violations).toEqual([]);

    await call({ path: "/repos/octo/repo", method: "GET" });
    expect(github.violations).toEqual([expect.stringContaining("asked for silence")]);
  });

  test("an answer can break in its middle or come slowly, of a request that was carried out", async () => {
    github.failNext(1, { kind: "cut-answer" });
    github.failNext(1, { kind: "slow", everyMs: 1 });
    const body = { state: "success", context: "fmg" };

    await expect(call({ body }).then((answer) => answer.text())).rejects.toThrow("terminated");
    expect(await (await call({ body })).json()).toMatchObject({ state: "success" });
    expect(github.statuses(sha)).toHaveLength(2);
  });

  test("a connection can break, and an answer can stay away", async () => {
    github.failNext(1, { kind: "reset" });
    github.failNext(1, { kind: "hang" });

    await expect(call({ body: {} })).rejects.toThrow("fetch failed");
    const hanging = fetch(`${github.apiUrl}/repos/octo/repo`, { signal: AbortSignal.timeout(50) });
    await expect(hanging).rejects.toThrow("aborted");
  });
});
