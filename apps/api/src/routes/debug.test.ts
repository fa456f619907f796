import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { createClient } from "@fmg/client";
import { getAttempt, keepUntil, listAudit, setTrust } from "@fmg/db";
import { openTerminals, type TerminalMessage, type Terminals } from "@fmg/queue";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { runningJob, type RunningJob } from "../testing/running-job.ts";
import { startApi, type TestApi } from "../testing/start-api.ts";

jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;
let job: RunningJob;
let orchestrator: Terminals;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  api = await startApi(redis);
  job = runningJob(api, ["set-up"]);
  orchestrator = openTerminals(redis.url);
});
afterEach(async () => {
  await orchestrator.close();
  await api.close();
});

function ask(minutes: number, token = api.adminToken) {
  return api.app.inject({
    method: "POST",
    url: `/api/v1/attempts/${job.attemptId}/debug`,
    headers: { authorization: `Bearer ${token}` },
    payload: { minutes },
  });
}

let serverUrl: string | undefined;
afterEach(() => (serverUrl = undefined));

async function clientOf(token: string) {
  serverUrl ??= await api.app.listen({ host: "127.0.0.1", port: 0 });
  return createClient({ serverUrl, token });
}

test.each(["read", "trigger", "runner"] as const)(
  "a token with the scope %s opens no shell",
  async (scope) => {
    expect((await ask(5, api.token(scope))).statusCode).toBe(403);
    expect(listAudit(api.db, { limit: 5 })).toEqual([]);
  },
);

test("a fork's attempt has no shell, nor one whose container is gone, and nothing is written", async () => {
  setTrust(api.db, job.pipelineId, "fork");
  expect((await ask(5)).json()).toMatchObject({ code: "forbidden" });
  setTrust(api.db, job.pipelineId, "own");
  job.finish("failure");
  expect((await ask(5)).json()).toMatchObject({ code: "conflict" });
  expect((await ask(241)).statusCode).toBe(400);
  expect(listAudit(api.db, { limit: 5 })).toEqual([]);
});

test("a session of a kept attempt keeps its container for as long, and stands in the book", async () => {
  job.finish("failure");
  keepUntil(api.db, job.attemptId, Date.now() + 1000);
  const answer = await ask(60);
  expect(answer.statusCode).toBe(201);
  const { expiresAt } = answer.json<{ expiresAt: string }>();
  expect(getAttempt(api.db, job.attemptId)?.keptUntil).toBe(Date.parse(expiresAt));
  expect(listAudit(api.db, { limit: 5 })).toMatchObject([
    { action: "debug.open", target: `attempt ${job.attemptId}`, tokenName: "admin" },
  ]);
});

test("bytes pass both ways through the session's own token alone, and the shell's exit code ends it", async () => {
  const { id } = (await ask(5)).json<{ id: number }>();
  const stranger = (await clientOf(api.token("admin"))).openTerminal(id, () => undefined);
  await expect(stranger.ended).rejects.toThrow("There is no such session of this token");

  const typed = Promise.withResolvers<string>();
  const heard = (message: TerminalMessage<"shell">): void => {
    if (message.kind === "input") typed.resolve(Buffer.from(message.bytes, "base64").toString());
  };
  const shell = await orchestrator.join(id, "shell", heard);
  orchestrator.onAsk((asked) => {
    if (asked === id) shell.say({ kind: "ready" });
  });
  const shown: string[] = [];
  const terminal = (await clientOf(api.adminToken)).openTerminal(id, (bytes) => {
    shown.push(Buffer.from(bytes).toString());
  });
  terminal.write(Buffer.from("typed early"));
  expect(await typed.promise).toBe("typed early");
  shell.say({ kind: "output", bytes: Buffer.from("shown").toString("base64") });
  shell.say({ kind: "end", why: "the shell has ended", exitCode: 3 });
  expect(await terminal.ended).toEqual({ why: "the shell has ended", exitCode: 3 });
  expect(shown.join("")).toBe("shown");
});
