import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Secret } from "@fmg/core";

import { createGitHub, sendStatus, type GitHub } from "./index.ts";

const status = {
  owner: "octo",
  repo: "repo",
  sha: "a".repeat(40),
  context: "fmg: main/build",
  state: "success",
  description: "Succeeded",
  targetUrl: "http://localhost:5000/p/5",
} as const;
const token = "ghp_canary";
const signal = new AbortController().signal;

let server: Server;
let github: GitHub;
let answer: (response: ServerResponse) => void;
let seen: { request: IncomingMessage; body: string }[];

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      seen.push({ request, body });
      answer(response);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  github = createGitHub({ apiUrl: addressOf(server), token: new Secret(token) });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe("a commit status", () => {
  test("is posted once to its commit, with the token", async () => {
    answer = replyWith(201, {});

    expect(await sendStatus(github, status, signal)).toEqual({ kind: "sent" });
    expect(seen).toHaveLength(1);
    expect(seen[0]?.request).toMatchObject({
      method: "POST",
      url: `/repos/octo/repo/statuses/${status.sha}`,
    });
    expect(seen[0]?.request.headers.authorization).toBe(`token ${token}`);
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual({
      state: "success",
      context: "fmg: main/build",
      description: "Succeeded",
      target_url: "http://localhost:5000/p/5",
    });
  });

  const date = "Sat, 01 Jun 2024 12:00:00 GMT";
  const now = Date.parse(date) / 1000;
  test.each([
    ["a limit with a time to wait", 429, { "retry-after": "7" }, 7_000],
    [
      "a limit with a date to wait for",
      429,
      { date, "retry-after": "Sat, 01 Jun 2024 12:00:30 GMT" },
      30_000,
    ],
    [
      "a used-up quota",
      403,
      { date, "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now + 90) },
      90_000,
    ],
    [
      "a quota that is new again",
      403,
      { date, "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now - 5) },
      1_000,
    ],
    ["a secondary limit", 403, {}, 60_000, "You have exceeded a secondary rate limit."],
    ["a limit without a word", 429, {}, 60_000],
    ["a failure with a time to wait", 503, { "retry-after": "3" }, 3_000],
  ])("is to be sent later after %s (REL-17)", async (_, code, headers, pauseMs, message = "no") => {
    answer = replyWith(code, { message }, headers);

    const told = Object.keys(headers).length > 0;
    expect(await sendStatus(github, status, signal)).toMatchObject({ kind: "limited", pauseMs, told });
  });

  test("that takes the last of the quota says so, and when there is a new one (REL-17)", async () => {
    const quota = { date, "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now + 90) };
    answer = replyWith(201, {}, quota);

    expect(await sendStatus(github, status, signal)).toEqual({ kind: "sent", pauseMs: 90_000 });
  });

  test("waits for a right token", async () => {
    answer = replyWith(401, { message: "Bad credentials" });

    expect(await sendStatus(github, status, signal)).toMatchObject({
      kind: "unauthorized",
      message: expect.stringContaining("GITHUB_TOKEN"),
    });
  });

  test.each([[500], [502], [503], [504], [408]])("is to be sent again after a %i", async (code) => {
    answer = replyWith(code, { message: "no" });

    const result = await sendStatus(github, status, signal);

    expect(result).toEqual({ kind: "retry", message: `GitHub answered ${code}: no` });
    expect(seen).toHaveLength(1);
  });

  test("is to be sent again when GitHub hangs up", async () => {
    answer = (response) => response.destroy();

    expect(await sendStatus(github, status, signal)).toMatchObject({ kind: "retry" });
  });

  test("is to be sent again when the caller's time is over", async () => {
    answer = () => undefined;

    expect(await sendStatus(github, status, AbortSignal.timeout(50))).toMatchObject({ kind: "retry" });
  });

  test.each([
    [403, "Resource not accessible by personal access token"],
    [404, "Not Found"],
    [422, "Validation Failed"],
    [410, "Gone"],
  ])("is refused for good with a %i", async (code, message) => {
    answer = replyWith(code, { message });

    expect(await sendStatus(github, status, signal)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining(`GitHub answered ${code}: ${message}`),
    });
  });

  test("tells nobody the token when it fails", async () => {
    answer = replyWith(404, { message: "Not Found" });

    expect(JSON.stringify(await sendStatus(github, status, signal))).not.toContain(token);
  });
});

function replyWith(code: number, body: object, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(code, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

function addressOf(listening: Server): string {
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}
