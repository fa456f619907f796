import { createHmac, randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";

import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { listPipelines } from "@fmg/db";
import { pushPayload, signedDelivery, type DeliveryInput, type PushInput } from "@fmg/github/testing";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { githubServerUrl, startApi, webhookSecret, type TestApi } from "../testing/start-api.ts";

const sha = "a".repeat(40);
// The machine may be busy with other tests; each of these waits for events, not for time.
jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
afterEach(() => api.close());

function aPush(changes: Partial<PushInput> = {}): Record<string, unknown> {
  return pushPayload({
    repo: "octo/repo",
    ref: "refs/heads/main",
    after: sha,
    cloneUrl: `${githubServerUrl}/octo/repo.git`,
    ...changes,
  });
}

async function deliver(
  changes: Partial<DeliveryInput> = {},
  headers: Record<string, string | undefined> = {},
) {
  const delivery = signedDelivery({ event: "push", payload: aPush(), secret: webhookSecret, ...changes });
  return post(delivery.body, { ...delivery.headers, ...headers });
}

function post(payload: Buffer, headers: Record<string, string | undefined>) {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  return api.app.inject({
    method: "POST",
    url: "/webhook",
    payload,
    headers: Object.fromEntries(given) as Record<string, string>,
  });
}

/** The rows as they stand in the file, whatever this process believes. */
function rows(table: "deliveries" | "pipelines" | "outbox" | "delivery_bodies") {
  const file = new DatabaseSync(api.dbFile, { readOnly: true });
  try {
    return file.prepare(`select * from ${table} order by id`).all();
  } finally {
    file.close();
  }
}

describe("a signed push", () => {
  test.each(["json", "form"] as const)(
    "in %s encoding makes a pipeline, its first status and is kept",
    async (encoding) => {
      api = await startApi(redis);

      const answer = await deliver({ encoding, deliveryId: "d-1" });

      expect(answer.statusCode).toBe(202);
      expect(answer.json()).toEqual({ pipelineId: 1 });
      expect(listPipelines(api.db, { limit: 5 }).items).toMatchObject([
        { id: 1, status: "pending", branch: "main", sha, owner: "octo", name: "repo" },
      ]);
      expect(rows("deliveries")).toMatchObject([{ delivery_id: "d-1", outcome: "accepted", pipeline_id: 1 }]);
      expect(rows("outbox")).toMatchObject([
        { context: "fmg", state: "pending", sha, target_url: "https://fmg.test/p/1", status: "pending" },
      ]);
    },
  );

  test("of a tag makes a pipeline of the tag", async () => {
    api = await startApi(redis);

    await deliver({ payload: aPush({ ref: "refs/tags/v1.2" }) });

    expect(listPipelines(api.db, { limit: 5 }).items).toMatchObject([{ branch: null, tag: "v1.2" }]);
  });

  test("rings for its pipeline after the answer, and is accepted when nobody hears it", async () => {
    const rung: unknown[] = [];
    api = await startApi(redis, {
      bell: {
        ring: (message) => {
          rung.push(message);
          return Promise.reject(new Error("Redis is away"));
        },
      },
    });

    const answers = await Promise.all([deliver(), deliver()]);

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
    expect(rung).toEqual([
      { queue: "pipelines", pipelineId: 1 },
      { queue: "pipelines", pipelineId: 2 },
    ]);
  });

  test("is answered while the bell still rings", async () => {
    const never = Promise.withResolvers<void>();
    api = await startApi(redis, { bell: { ring: () => never.promise } });

    expect((await deliver()).statusCode).toBe(202);
    never.resolve();
  });

  test("that is delivered again answers 200 with the same pipeline, and makes no other", async () => {
    api = await startApi(redis);
    const first = await deliver({ deliveryId: "d-1" });

    const again = await deliver({ deliveryId: "d-1" });

    expect(again.statusCode).toBe(200);
    expect(again.body).toBe(first.body);
    expect(rows("pipelines")).toHaveLength(1);
  });
});

describe("a burst", () => {
  test("of 500 deliveries, 100 of them repeats, is accepted and makes 400 pipelines", async () => {
    api = await startApi(redis);
    const ids = Array.from({ length: 400 }, () => randomUUID());
    const all = [...ids, ...ids.slice(0, 100)];

    const answers = await Promise.all(all.map((deliveryId) => deliver({ deliveryId })));

    expect(answers.filter(({ statusCode }) => statusCode === 202)).toHaveLength(400);
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(100);
    expect(rows("pipelines")).toHaveLength(400);
    const pipelineOf = new Map(ids.map((id, at) => [id, answers[at]?.body]));
    for (const [at, id] of ids.slice(0, 100).entries())
      expect(answers[400 + at]?.body).toBe(pipelineOf.get(id));
  });

  test("of one delivery a hundred times makes one pipeline", async () => {
    api = await startApi(redis);

    const answers = await Promise.all(Array.from({ length: 100 }, () => deliver({ deliveryId: "d-1" })));

    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['{"pipelineId":1}']));
    expect(rows("pipelines")).toHaveLength(1);
  });
});

// R-SKIP-4
describe("what makes no pipeline is acknowledged with a reason, and reports no status:", () => {
  test.each([
    ["a ping", { event: "ping", payload: { zen: "Keep it logically awesome." } }, "ping"],
    ["another event", { event: "issues", payload: { action: "opened" } }, 'event "issues" starts nothing'],
    ["a deletion", { payload: aPush({ after: "0".repeat(40) }) }, 'branch "main" was deleted'],
    ["a skip tag", { payload: aPush({ message: "Docs [skip ci]" }) }, "the commit message says [skip ci]"],
  ])("%s", async (_, changes, ignored) => {
    api = await startApi(redis);

    const answer = await deliver(changes);

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ ignored });
    expect(rows("pipelines")).toEqual([]);
    expect(rows("outbox")).toEqual([]);
    expect(rows("deliveries")).toMatchObject([{ outcome: "ignored", message: ignored }]);
  });
});

describe("a signature that is missing or wrong is 401 and leaves no row:", () => {
  const right = signedDelivery({ event: "push", payload: aPush(), secret: webhookSecret });
  const hex = right.headers["x-hub-signature-256"]?.slice("sha256=".length) ?? "";
  test.each([
    ["none", undefined],
    ["empty", ""],
    ["short", `sha256=${hex.slice(1)}`],
    ["long", `sha256=${hex}0`],
    ["no hex", `sha256=${"x".repeat(64)}`],
    ["in capitals", `sha256=${hex.toUpperCase()}`],
    ["of another body", `sha256=${"0".repeat(64)}`],
  ])("%s", async (_, signature) => {
    api = await startApi(redis);

    const answer = await post(right.body, { ...right.headers, "x-hub-signature-256": signature });

    expect(answer.statusCode).toBe(401);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.json()).toMatchObject({ code: "bad-signature" });
    expect(rows("deliveries")).toEqual([]);
  });

  test("of another key", async () => {
    api = await startApi(redis);

    expect((await deliver({ secret: "another secret" })).statusCode).toBe(401);
    expect(rows("deliveries")).toEqual([]);
  });

  test("of the same JSON in other bytes", async () => {
    api = await startApi(redis);
    const spaced = Buffer.from(JSON.stringify(aPush(), null, 1));

    expect((await post(spaced, right.headers)).statusCode).toBe(401);
  });

  test("of a body that claims to be compressed", async () => {
    api = await startApi(redis);

    const answer = await deliver({ secret: "another secret" }, { "content-encoding": "gzip" });

    expect(answer.statusCode).toBe(401);
  });

  test("of an empty body", async () => {
    api = await startApi(redis);

    expect((await api.app.inject({ method: "POST", url: "/webhook" })).statusCode).toBe(401);
  });
});

describe("a right signature on what GitHub does not send is refused and kept:", () => {
  const signed = (text: string | Buffer): { body: Buffer; headers: Record<string, string> } => {
    const { headers } = signedDelivery({
      event: "push",
      payload: 0,
      secret: webhookSecret,
      deliveryId: "d-1",
    });
    return { body: Buffer.from(text), headers: { ...headers, "x-hub-signature-256": signatureOf(text) } };
  };

  test.each([
    ["no JSON", "{", "the payload is not JSON", {}],
    ["no object", "[]", "the payload is not an object", {}],
    ["bytes", Buffer.from([0, 255, 254]), "the payload is not JSON", {}],
    ["no push", "{}", "ref is not a string", {}],
    ["another type", "{}", "the content type is neither", { "content-type": "text/plain" }],
    [
      "a form without a payload",
      "a=b",
      "the form has no field",
      { "content-type": "application/x-www-form-urlencoded" },
    ],
    ["no event", "{}", "X-GitHub-Event is missing", { "x-github-event": undefined }],
    [
      "another server",
      JSON.stringify(aPush({ cloneUrl: "https://evil.test/octo/repo.git" })),
      "repository.clone_url is not a URL on https://github.test",
      {},
    ],
  ])("%s", async (_, text, detail, headers) => {
    api = await startApi(redis);
    const delivery = signed(text);

    const answer = await post(delivery.body, { ...delivery.headers, ...headers });

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      code: "invalid-delivery",
      detail: expect.stringContaining(detail),
    });
    expect(rows("pipelines")).toEqual([]);
    expect(rows("deliveries")).toMatchObject([{ delivery_id: "d-1", outcome: "invalid" }]);
    expect(Buffer.from(rows("delivery_bodies")[0]?.["body"] as Uint8Array)).toEqual(delivery.body);
  });

  test("no delivery id: under an id of our own", async () => {
    api = await startApi(redis);

    const answer = await deliver({}, { "x-github-delivery": undefined });

    expect(answer.statusCode).toBe(400);
    expect(rows("deliveries")).toMatchObject([
      { delivery_id: expect.stringMatching(/^unnamed-/), outcome: "invalid" },
    ]);
  });
});

describe("the body", () => {
  test("may have 25 MiB", async () => {
    api = await startApi(redis);
    const payload = { ...aPush(), padding: "x".repeat(25 * 2 ** 20 - 10_000) };

    expect((await deliver({ payload })).statusCode).toBe(202);
  });

  test("of more than that is 413, and leaves no row", async () => {
    api = await startApi(redis);

    const answer = await deliver({ payload: { padding: "x".repeat(25 * 2 ** 20) } });

    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ code: "body-too-large" });
    expect(rows("deliveries")).toEqual([]);
  });
});

describe("unsigned webhooks", () => {
  test("are taken where the operator allows them", async () => {
    api = await startApi(redis, { allowUnsignedWebhooks: true });

    expect((await deliver({}, { "x-hub-signature-256": undefined })).statusCode).toBe(202);
  });

  test("are not taken with a wrong signature even there", async () => {
    api = await startApi(redis, { allowUnsignedWebhooks: true });

    expect((await deliver({ secret: "another" })).statusCode).toBe(401);
  });
});

function signatureOf(text: string | Buffer): string {
  return `sha256=${createHmac("sha256", webhookSecret).update(text).digest("hex")}`;
}
