import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { FmgError } from "@fmg/core";
import { acceptDelivery, getPipeline } from "@fmg/db";
import { aPush } from "@fmg/db/testing";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { startApi, type TestApi } from "../testing/start-api.ts";

jest.setTimeout(30_000);

const tip = "b".repeat(40);
const asked: string[] = [];
let redis: TestRedis;
let api: TestApi;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  asked.length = 0;
  api = await startApi(redis, {
    async resolveRef(url, ref) {
      asked.push(`${url} ${ref}`);
      if (ref.endsWith("/broken")) throw new FmgError("clone_failed", "HTTP 500");
      return ref.endsWith("/gone") ? undefined : tip;
    },
    async isOnRef(url, ref, sha) {
      asked.push(`${url} ${ref} ${sha}`);
      if (ref.endsWith("/broken")) throw new FmgError("clone_failed", "HTTP 500");
      return ref.endsWith("/dev");
    },
  });
  acceptDelivery(api.db, aPush());
});
afterEach(() => api.close());

function trigger(payload: object, { repo = "octo/repo", token = api.token("trigger") } = {}) {
  return api.app.inject({
    method: "POST",
    url: `/api/v1/projects/${repo}/pipelines`,
    headers: { authorization: `Bearer ${token}` },
    payload,
  });
}

test("a request starts a pipeline of the default branch's tip, with its parameters and who asked", async () => {
  const answer = await trigger({ parameters: { deploy: true, level: 3, name: "x" } });

  expect(answer.statusCode).toBe(201);
  const { id } = answer.json<{ id: number }>();
  expect(answer.json()).toMatchObject({ id: 2, number: 2, status: "pending", branch: "main", sha: tip });
  expect(getPipeline(api.db, id)?.event).toMatchObject({
    kind: "api",
    ref: { kind: "branch", name: "main" },
    baseSha: null,
    sender: { login: "trigger", id: 0 },
    parameters: { deploy: true, level: 3, name: "x" },
  });
  expect(asked).toEqual(["https://github.test/octo/repo.git refs/heads/main"]);
});

test("a tag is asked for, and a commit that is named is taken where it is on its branch (SEC-7)", async () => {
  expect((await trigger({ tag: "v1" })).json()).toMatchObject({ tag: "v1", branch: null, sha: tip });
  const sha = "c".repeat(40);
  expect((await trigger({ branch: "dev", sha })).json()).toMatchObject({ branch: "dev", sha });
  const [elsewhere, unknown] = [await trigger({ sha }), await trigger({ branch: "broken", sha })];
  expect(elsewhere.json()).toMatchObject({
    status: 404,
    detail: expect.stringContaining(`Commit ${sha} is not on branch "main" of octo/repo`),
  });
  expect(unknown.statusCode).toBe(503);
  expect((await api.get("/api/v1/pipelines")).json<{ items: unknown[] }>().items).toHaveLength(3);
  const url = "https://github.test/octo/repo.git";
  expect(asked).toEqual([
    `${url} refs/tags/v1`,
    ...["dev", "main", "broken"].map((branch) => `${url} refs/heads/${branch} ${sha}`),
  ]);
});

test("what is not there, not allowed, or cannot be asked for is refused, and makes no pipeline", async () => {
  const answers = await Promise.all([
    trigger({}, { token: api.token("read") }),
    trigger({}, { repo: "octo/other" }),
    trigger({ branch: "gone" }),
    trigger({ branch: "broken" }),
    trigger({ branch: "a..b" }),
    trigger({ branch: "main", tag: "v1" }),
  ]);
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 404, 404, 503, 400, 400]);
  expect((await api.get("/api/v1/pipelines")).json<{ items: unknown[] }>().items).toHaveLength(1);
});

test("parameters have the limits of CircleCI's own API (R-PARAM-13)", async () => {
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`p${at}`, 1]));
  const bodies = [many, { ["n".repeat(129)]: 1 }, { a: "v".repeat(513) }, { a: [1] }, { a: null }];
  const answers = await Promise.all(bodies.map((parameters) => trigger({ parameters })));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400, 400, 400, 400]);
});
