import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, test } from "@jest/globals";

import { ConnectionError, createClient, ProblemError, type Client } from "./index.ts";

let server: Server | undefined;
let seen: IncomingMessage[] = [];

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
  seen = [];
});

async function serving(
  answer: RequestListener,
  options: { timeoutMs?: number; path?: string } = {},
): Promise<Client> {
  server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { path = "", ...rest } = options;
  return createClient({ serverUrl: `http://127.0.0.1:${port}${path}`, token: "fmg_canary", ...rest });
}

const json =
  (status: number, value: unknown, type = "application/json"): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { "content-type": type }).end(JSON.stringify(value));
  };

const problem = {
  type: "urn:fmg:problem:not-found",
  title: "There is no such thing here",
  status: 404,
  code: "not-found",
  detail: "There is no pipeline 7.",
  requestId: "r-1",
};

describe("a call", () => {
  test("goes to the route's address with its parameters, its query and the token", async () => {
    const client = await serving(json(200, { items: [], next: null }), { path: "/fmg/" });

    await client.listPipelines({ query: { repo: "octo/repo", limit: 5 } });
    await client.getPipeline({ params: { id: 7 } });

    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /fmg/api/v1/pipelines?repo=octo%2Frepo&limit=5",
      "GET /fmg/api/v1/pipelines/7",
    ]);
    expect(seen[0]?.headers.authorization).toBe("Bearer fmg_canary");
  });

  test("with a body sends it as JSON", async () => {
    let body = "";
    const client = await serving((request, response) => {
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => json(201, { id: 2, host: "build1" })(request, response));
    });

    expect(await client.addRunner({ body: { host: "build1" } })).toMatchObject({ id: 2 });
    expect(seen[0]).toMatchObject({ method: "POST", headers: { "content-type": "application/json" } });
    expect(JSON.parse(body)).toEqual({ host: "build1" });
  });

  test("that is refused throws the server's problem document", async () => {
    const client = await serving(json(404, problem, "application/problem+json"));

    const thrown = await client.getPipeline({ params: { id: 7 } }).catch((error: unknown) => error);

    expect(thrown).toBeInstanceOf(ProblemError);
    expect(thrown).toMatchObject({
      message: "There is no pipeline 7.",
      code: "not-found",
      status: 404,
      problem,
    });
  });

  test.each([
    ["a page", 200, "<html>", "text/html", "not-fmg"],
    ["an error page", 500, "<html>", "text/html", "not-fmg"],
    ["JSON of something else", 404, '{"message":"Not Found"}', "application/json", "not-fmg"],
    ["a gateway's page", 502, "<html>", "text/html", "unreachable"],
  ])("that is answered by %s says so", async (_, status, body, type, fault) => {
    const client = await serving((_request, response) => {
      response.writeHead(status, { "content-type": type }).end(body);
    });

    await expect(client.listRunners()).rejects.toMatchObject({ name: "ConnectionError", fault });
  });

  test("that nobody takes says which server and why", async () => {
    await serving(() => undefined);
    const port = (server?.address() as AddressInfo | undefined)?.port;
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    const client = createClient({ serverUrl: `http://127.0.0.1:${port}` });

    const thrown = await client.listRunners().catch((error: unknown) => error);

    expect(thrown).toBeInstanceOf(ConnectionError);
    expect(thrown).toMatchObject({ fault: "unreachable", detail: "connection refused" });
    expect((thrown as Error).message).toBe(
      `cannot reach the FMG server at http://127.0.0.1:${port} (connection refused)`,
    );
  });

  test("that nobody answers ends after its time", async () => {
    const client = await serving(() => undefined, { timeoutMs: 50 });

    await expect(client.listRunners()).rejects.toMatchObject({ fault: "timeout" });
  });

  test("ends with its caller's reason", async () => {
    const client = await serving(() => undefined);

    await expect(client.listRunners({}, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
  });

  test("does not carry its token to where it is redirected", async () => {
    const client = await serving((_request, response) => {
      response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
    });

    await expect(client.listRunners()).rejects.toMatchObject({ fault: "unreachable" });
    expect(seen).toHaveLength(1);
  });

  test("never tells the token in its errors", async () => {
    const client = await serving(json(401, { ...problem, code: "unauthorized" }, "application/problem+json"));

    const thrown = await client.listRunners().catch((error: unknown) => error);

    expect(JSON.stringify(thrown, Object.getOwnPropertyNames(thrown))).not.toContain("fmg_canary");
  });
});

describe("reading a log", () => {
  test("gives its bytes as they come", async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    const client = await serving((_request, response) => {
      response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(bytes);
    });

    const chunks: Uint8Array[] = [];
    for await (const chunk of client.readLog({ jobId: 3 }, { step: 1 })) chunks.push(chunk);

    expect(Buffer.concat(chunks)).toEqual(bytes);
    expect(seen[0]?.url).toBe("/api/v1/jobs/3/log?step=1");
  });

  test("that is cut says so", async () => {
    const client = await serving((_request, response) => {
      response.writeHead(200, { "content-length": "10" }).write("half");
      setImmediate(() => response.destroy());
    });

    const read = async (): Promise<void> => {
      for await (const chunk of client.readLog({ attemptId: 3 })) expect(chunk.length).toBe(4);
    };

    await expect(read()).rejects.toMatchObject({ name: "ConnectionError", fault: "unreachable" });
  });
});
