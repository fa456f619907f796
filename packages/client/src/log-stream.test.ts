import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

import { createClient, type Client, type LogEvent } from "./index.ts";

/** What the server says on its first connection, its second, and so on; the last one again from then on. */
let script: ((response: ServerResponse, request: IncomingMessage) => void)[];
let seen: { url: string; from: string | undefined }[];
let server: Server;
let client: Client;

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    const answer = script[Math.min(seen.length, script.length - 1)];
    seen.push({ url: request.url ?? "", from: request.headers["last-event-id"]?.toString() });
    answer?.(response, request);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  client = createClient({ serverUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const log = (step: number, offset: number, text: string): string => {
  const data = JSON.stringify({ step, offset, bytes: Buffer.from(text).toString("base64") });
  return `event: log\nid: ${step}:${offset + text.length}\ndata: ${data}\n\n`;
};
const standing = (event: "status" | "end", status: string): string =>
  `event: ${event}\ndata: ${JSON.stringify({ status, reason: null, message: null })}\n\n`;
const step = (index: number, name: string, status = "running"): string =>
  `event: step\ndata: ${JSON.stringify({ index, name, status })}\n\n`;

/** Says these events, and then nothing more: the stream is cut, unless it has ended. */
const say =
  (...events: string[]) =>
  (response: ServerResponse): void => {
    response.writeHead(200, { "content-type": "text/event-stream" }).end(events.join(""));
  };

async function read(
  stream: AsyncIterable<LogEvent>,
): Promise<{ text: string; kinds: string[]; events: LogEvent[] }> {
  const events: LogEvent[] = [];
  for await (const event of stream) events.push(event);
  const bytes = events.flatMap((event) => (event.kind === "log" ? [Buffer.from(event.bytes)] : []));
  return { text: Buffer.concat(bytes).toString(), kinds: events.map(({ kind }) => kind), events };
}

describe("following a log", () => {
  test("goes on where it was cut, and tells nothing twice", async () => {
    script = [
      say(standing("status", "running"), step(0, "test"), log(0, 0, "one ")),
      say(standing("status", "running"), step(0, "test"), log(0, 4, "two "), log(0, 8, "three")),
      say(standing("status", "running"), step(0, "test"), standing("end", "success")),
    ];

    const { text, kinds } = await read(client.followLog({ attemptId: 3 }));

    expect(text).toBe("one two three");
    expect(kinds).toEqual(["status", "step", "log", "log", "log", "end"]);
    expect(seen).toEqual([
      { url: "/api/v1/attempts/3/log", from: undefined },
      { url: "/api/v1/attempts/3/log", from: "0:4" },
      { url: "/api/v1/attempts/3/log", from: "0:13" },
    ]);
  });

  test("takes bytes that come again only once", async () => {
    script = [
      say(
        step(0, "test"),
        log(0, 0, "one "),
        log(0, 0, "one two"),
        log(0, 2, "e"),
        standing("end", "success"),
      ),
    ];

    const { text, events } = await read(client.followLog({ attemptId: 3 }));

    expect(text).toBe("one two");
    expect(events.flatMap((event) => (event.kind === "log" ? [event.offset] : []))).toEqual([0, 4]);
  });

  test("asks again when bytes are left out", async () => {
    script = [
      say(log(0, 0, "one "), log(0, 8, "three")),
      say(log(0, 4, "two "), log(0, 8, "three"), standing("end", "success")),
    ];

    expect((await read(client.followLog({ attemptId: 3 }))).text).toBe("one two three");
    expect(seen[1]?.from).toBe("0:4");
  });

  test("of a job goes on with the attempt that it was told of", async () => {
    script = [
      say(`event: attempt\ndata: {"id":9}\n\n`, log(0, 0, "one ")),
      say(log(0, 4, "two"), standing("end", "success")),
    ];

    const { text, kinds } = await read(client.followLog({ jobId: 3 }));

    expect(text).toBe("one two");
    expect(kinds).toEqual(["attempt", "log", "log", "end"]);
    expect(seen.map(({ url }) => url)).toEqual(["/api/v1/jobs/3/log", "/api/v1/attempts/9/log"]);
  });

  test("starts at a position that an earlier stream gave", async () => {
    script = [say(log(2, 7, "rest"), standing("end", "success"))];

    const { events } = await read(client.followLog({ attemptId: 3 }, { from: "2:7" }));

    expect(seen[0]?.from).toBe("2:7");
    expect(events[0]).toMatchObject({ kind: "log", offset: 7, position: "2:11" });
  });

  test("survives a server that is away for a moment", async () => {
    script = [
      say(log(0, 0, "one ")),
      (response) => response.destroy(),
      (response) => response.writeHead(503, { "content-type": "text/html" }).end("restarting"),
      say(log(0, 4, "two"), standing("end", "success")),
    ];

    expect((await read(client.followLog({ attemptId: 3 }))).text).toBe("one two");
  });

  test("gives up when the server stays away", async () => {
    script = [say(log(0, 0, "one ")), (response) => response.destroy()];

    await expect(read(client.followLog({ attemptId: 3 }, { giveUpMs: 300 }))).rejects.toMatchObject({
      name: "ConnectionError",
      fault: "unreachable",
    });
  });

  test("gives up when the server only ever says what it has said before", async () => {
    script = [say(standing("status", "running"))];

    await expect(read(client.followLog({ attemptId: 3 }, { giveUpMs: 300 }))).rejects.toMatchObject({
      fault: "unreachable",
    });
  });

  test.each([401, 403, 404])("does not repeat a request that was refused with %i", async (status) => {
    const problem = { type: "x", title: "no", status, code: "no", requestId: "r" };
    script = [
      (response) =>
        response
          .writeHead(status, { "content-type": "application/problem+json" })
          .end(JSON.stringify(problem)),
    ];

    await expect(read(client.followLog({ attemptId: 3 }))).rejects.toMatchObject({
      name: "ProblemError",
      status,
    });
    expect(seen).toHaveLength(1);
  });

  test("ends with its caller's reason, also while it waits to try again", async () => {
    const stop = new AbortController();
    script = [
      (response) => {
        response.destroy();
        stop.abort(new Error("detached"));
      },
    ];

    await expect(read(client.followLog({ attemptId: 3 }, { signal: stop.signal }))).rejects.toThrow(
      "detached",
    );
  });
});
