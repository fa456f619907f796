import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { fastify, type FastifyInstance } from "fastify";

import { ProblemDetail } from "../problem.ts";
import { answerClientError, answerError, errors } from "./errors.ts";

let app: FastifyInstance;
let logged: string[];

beforeEach(async () => {
  logged = [];
  app = fastify({
    logger: { level: "error", stream: { write: (line: string) => void logged.push(line) } },
    bodyLimit: 100,
    clientErrorHandler: (error, socket) => answerClientError(error, socket),
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  });
  await app.register(errors);
  app.get("/bug", () => {
    throw new Error("the password is canary");
  });
  app.get("/refusal", () => {
    throw new ProblemDetail("conflict", "It is there already.");
  });
  app.get("/away", () => {
    throw Object.assign(new Error("the socket /run/canary is gone"), { statusCode: 503 });
  });
  app.post("/json", () => "ok");
});
afterEach(() => app.close());

describe("a refusal", () => {
  test("is a problem document with the request's id", async () => {
    const answer = await app.inject("/refusal?a=b");

    expect(answer.statusCode).toBe(409);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.json()).toEqual({
      type: "urn:fmg:problem:conflict",
      title: "It exists already",
      status: 409,
      code: "conflict",
      detail: "It is there already.",
      instance: "/refusal",
      requestId: expect.any(String),
    });
  });

  test.each([
    ["an unknown address", { method: "GET", url: "/nowhere" }, 404, "not-found"],
    ["a broken address", { method: "GET", url: "/%zz" }, 400, "invalid-request"],
    [
      "broken JSON",
      { method: "POST", url: "/json", payload: "{", headers: { "content-type": "application/json" } },
      400,
      "invalid-request",
    ],
    [
      "another type",
      { method: "POST", url: "/json", payload: "a=b", headers: { "content-type": "text/csv" } },
      415,
      "unsupported-media-type",
    ],
    [
      "too long a body",
      { method: "POST", url: "/json", payload: { a: "x".repeat(200) } },
      413,
      "body-too-large",
    ],
  ] as const)("of %s has a code of its own", async (_, request, status, code) => {
    const answer = await app.inject(request);

    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ status, code });
    expect(logged).toEqual([]);
  });
});

describe("a fault of ours", () => {
  test("is told without detail, and logged whole", async () => {
    const answer = await app.inject("/bug");

    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ code: "internal", title: "FMG failed" });
    expect(answer.body).not.toContain("canary");
    expect(logged.join("")).toContain("the password is canary");
  });

  test("that will pass is told as such", async () => {
    const answer = await app.inject("/away");

    expect(answer.json()).toMatchObject({ status: 503, code: "unavailable" });
    expect(answer.body).not.toContain("canary");
  });
});

describe("what is not HTTP", () => {
  test.each([
    ["nonsense", "nonsense\r\n\r\n", 400, "invalid-request"],
    [
      "headers beyond 16 KiB",
      `GET / HTTP/1.1\r\nhost: x\r\na: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
      "headers-too-large",
    ],
  ])(
    "such as %s is answered by a problem document, and the connection ends",
    async (_, text, status, code) => {
      await app.listen({ host: "127.0.0.1", port: 0 });
      const socket = connect({ host: "127.0.0.1", port: (app.server.address() as AddressInfo).port });
      let answer = "";
      socket.setEncoding("utf8").on("data", (chunk: string) => (answer += chunk));
      socket.write(text);
      await once(socket, "close");

      const [head = "", body = ""] = answer.split("\r\n\r\n");
      expect(head).toContain(`HTTP/1.1 ${status} `);
      expect(JSON.parse(body)).toMatchObject({ status, code });
    },
  );
});
