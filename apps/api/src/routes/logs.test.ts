import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { createClient, type Client, type LogEvent } from "@fmg/client";
import { moveJob } from "@fmg/db";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { runningJob, startJob, waitingJob, type RunningJob } from "../testing/running-job.ts";
import { startApi, type TestApi } from "../testing/start-api.ts";

// The machine may be busy with other tests; each of these waits for events, not for time.
jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  api = await startApi(redis);
});
afterEach(() => api.close());

/** Any bytes, so that nothing on the way may take them for text. */
const anyBytes = Buffer.from([0, 255, 254, 10, 13, 128, 0xc3, 0x28, 9]);

async function twoSteps(): Promise<RunningJob> {
  const job = runningJob(api, ["Spin up environment", "test"]);
  job.begin(0);
  await job.write(0, "0123");
  job.end(0);
  job.begin(1);
  await job.write(1, "456789");
  return job;
}

describe("a log as text", () => {
  test("is its steps' logs in order, committed bytes only", async () => {
    const job = await twoSteps();
    await job.writeUncommitted(1, "never shown");

    const whole = await api.get(`/api/v1/attempts/${job.attemptId}/log`);
    const ofJob = await api.get(`/api/v1/jobs/${job.jobId}/log`);

    expect(whole.statusCode).toBe(200);
    expect(whole.body).toBe("0123456789");
    expect(whole.headers).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "content-length": "10",
      "accept-ranges": "bytes",
      "x-content-type-options": "nosniff",
    });
    expect(ofJob.body).toBe("0123456789");
  });

  test("keeps its bytes as they were written", async () => {
    const job = await twoSteps();
    await job.write(1, anyBytes);

    const answer = await api.get(`/api/v1/attempts/${job.attemptId}/log?step=1`);

    expect(answer.rawPayload.subarray(6)).toEqual(anyBytes);
  });

  test("is empty while the job has no attempt", async () => {
    const { jobId } = waitingJob(api);

    expect((await api.get(`/api/v1/jobs/${jobId}/log`)).body).toBe("");
  });

  test.each([
    ["bytes=0-0", "0", "bytes 0-0/10"],
    ["bytes=2-5", "2345", "bytes 2-5/10"],
    ["bytes=4-", "456789", "bytes 4-9/10"],
    ["bytes=-3", "789", "bytes 7-9/10"],
  ])("is served in part for %s", async (range, body, contentRange) => {
    const job = await twoSteps();
    job.finish();

    const answer = await api.get(`/api/v1/attempts/${job.attemptId}/log`, { range });

    expect(answer.statusCode).toBe(206);
    expect(answer.body).toBe(body);
    expect(answer.headers["content-range"]).toBe(contentRange);
  });

  test("does not say how long it will be while the attempt runs", async () => {
    const job = await twoSteps();

    const answer = await api.get(`/api/v1/attempts/${job.attemptId}/log`, { range: "bytes=8-" });

    expect(answer.headers["content-range"]).toBe("bytes 8-9/*");
  });

  test("refuses a part beyond its end, and says where that is", async () => {
    const job = await twoSteps();

    const answer = await api.get(`/api/v1/attempts/${job.attemptId}/log`, { range: "bytes=10-" });

    expect(answer.statusCode).toBe(416);
    expect(answer.headers["content-range"]).toBe("bytes */10");
    expect(answer.json()).toMatchObject({ code: "range-not-satisfiable" });
  });

  test("is served whole when it is another one than the reader has a part of", async () => {
    const job = await twoSteps();
    job.finish();
    const { etag } = (await api.get(`/api/v1/attempts/${job.attemptId}/log`)).headers;
    const ask = (condition: string) =>
      api.get(`/api/v1/attempts/${job.attemptId}/log`, { range: "bytes=1-1", "if-range": condition });

    expect((await ask(String(etag))).body).toBe("1");
    expect((await ask('"other"')).body).toBe("0123456789");
  });

  test("has one step alone, and 404 for a step that there is not", async () => {
    const job = await twoSteps();

    expect((await api.get(`/api/v1/attempts/${job.attemptId}/log?step=0`)).body).toBe("0123");
    expect((await api.get(`/api/v1/attempts/${job.attemptId}/log?step=9`)).statusCode).toBe(404);
  });
});

describe("a live log", () => {
  let client: Client;
  let url: string;

  beforeEach(async () => {
    url = await api.app.listen({ host: "127.0.0.1", port: 0 });
    client = createClient({ serverUrl: url, token: api.token("read") });
  });

  test("brings what is there, then what comes, then the end", async () => {
    const job = await twoSteps();
    const reading = readAll(client.followLog({ attemptId: job.attemptId }));
    await reading.until(({ text }) => text === "0123456789");

    await job.write(1, anyBytes);
    job.end(1, 3);
    job.finish("failure");

    const { events, bytes } = await reading.done;
    expect(bytes.subarray(10)).toEqual(anyBytes);
    expect(events.map(summary)).toEqual([
      "status running",
      "step 0 running",
      "log 0:0 0123",
      "step 0 success 0",
      "step 1 running",
      "log 1:0 456789",
      expect.stringMatching(/^log 1:6 /),
      "step 1 failure 3",
      "end failure",
    ]);
    expect(events.find((event) => event.kind === "log" && event.step === 1)).toMatchObject({
      stepName: "test",
    });
  });

  test("shows committed bytes only", async () => {
    const job = await twoSteps();
    await job.writeUncommitted(1, "never shown");
    const reading = readAll(client.followLog({ attemptId: job.attemptId }));
    await reading.until(({ text }) => text.length >= 10);

    await job.write(1, "shown");
    job.finish();

    expect((await reading.done).text).toBe("0123456789shown");
  });

  test("of a job waits for its attempt", async () => {
    const waiting = waitingJob(api);
    const reading = readAll(client.followLog({ jobId: waiting.jobId }));
    await reading.until(({ events }) => events.length === 1);

    const job = startJob(api, waiting, ["test"]);
    job.begin(0);
    await job.write(0, "hello");
    job.end(0);
    job.finish();

    const { events, text } = await reading.done;
    expect(text).toBe("hello");
    expect(events.map(summary)).toEqual([
      "status blocked",
      `attempt ${job.attemptId}`,
      "status running",
      "step 0 running",
      "log 0:0 hello",
      "step 0 success 0",
      "end success",
    ]);
  });

  test("of a job that is left out ends at once", async () => {
    const { jobId } = waitingJob(api);
    moveJob(api.db, jobId, "blocked", { status: "skipped", reason: "upstream_failed", message: "no", at: 5 });

    const { events } = await readAll(client.followLog({ jobId })).done;

    expect(events).toEqual([{ kind: "end", status: "skipped", reason: "upstream_failed", message: "no" }]);
  });

  test("goes on at a position that an earlier stream gave", async () => {
    const job = await twoSteps();
    job.finish();

    const { text } = await readAll(client.followLog({ attemptId: job.attemptId }, { from: "1:2" })).done;

    expect(text).toBe("6789");
  });

  test("grows without a message, for a message may be lost", async () => {
    const job = await twoSteps();
    const reading = readAll(client.followLog({ attemptId: job.attemptId }));
    await reading.until(({ text }) => text === "0123456789");
    await redis.kill();
    try {
      await job.write(1, "!");
      job.finish();

      expect((await reading.done).text).toBe("0123456789!");
    } finally {
      await redis.restart();
    }
  });

  test("has every byte once when its connection is cut again and again", async () => {
    const job = runningJob(api, ["Spin up environment", "&server", "test"]);
    const proxy = await startCuttingProxy(Number(new URL(url).port));
    try {
      const cut = createClient({ serverUrl: proxy.url, token: api.token("read") });
      const reading = readAll(cut.followLog({ attemptId: job.attemptId }));
      const expected: Buffer[][] = [[], [], []];
      const write = async (step: number, text: string | Buffer): Promise<void> => {
        expected[step]?.push(Buffer.from(text));
        await job.write(step, text);
      };
      job.begin(0);
      for (let at = 0; at < 20; at += 1) await write(0, `set-up ${at}\n`);
      job.end(0);
      job.begin(1);
      job.begin(2);
      for (let at = 0; at < 200; at += 1) {
        await write(1 + (at % 2), Buffer.concat([Buffer.from(`${at} `), anyBytes]));
        if (at % 20 === 0) {
          const cuts = proxy.connections();
          proxy.cut();
          await reading.until(() => proxy.connections() > cuts);
        }
      }
      job.end(2);
      await write(1, "the server goes on");
      job.end(1);
      job.finish();

      const seen = await reading.done;
      expect(proxy.connections()).toBeGreaterThan(10);
      for (const [step, parts] of expected.entries())
        expect(seen.bytesOf(step)).toEqual(Buffer.concat(parts));
    } finally {
      await proxy.close();
    }
  });

  test("ends its connection when the server closes, and the reader comes back to the next one", async () => {
    const job = await twoSteps();
    const reading = readAll(client.followLog({ attemptId: job.attemptId }));
    await reading.until(({ text }) => text === "0123456789");
    const { port } = new URL(url);

    await api.app.close();
    const successor = await startApi(redis, { db: api.db, logs: api.logs, live: api.live });
    await successor.app.listen({ host: "127.0.0.1", port: Number(port) });
    await job.write(1, "!");
    job.finish();

    expect((await reading.done).text).toBe("0123456789!");
    await successor.close();
  });

  test("stops when its reader stops", async () => {
    const job = await twoSteps();

    for await (const event of client.followLog({ attemptId: job.attemptId })) if (event.kind === "log") break;
    const stop = new AbortController();
    const reading = readAll(client.followLog({ attemptId: job.attemptId }, { signal: stop.signal }));
    await reading.until(({ text }) => text === "0123456789");
    stop.abort(new Error("detached"));

    await expect(reading.done).rejects.toThrow("detached");
  });

  test("cannot be asked for by HEAD, which would read it to its end for nobody", async () => {
    const job = await twoSteps();

    const answer = await fetch(`${url}/api/v1/attempts/${job.attemptId}/log`, {
      method: "HEAD",
      headers: { accept: "text/event-stream", authorization: `Bearer ${api.adminToken}` },
    });

    expect(answer.status).toBe(404);
  });
});

interface Seen {
  readonly events: LogEvent[];
  readonly bytes: Buffer;
  readonly text: string;
  bytesOf(step: number): Buffer;
}

interface Reading {
  readonly done: Promise<Seen>;
  /** Resolves when what was seen so far fits; rejects after ten seconds with what was seen. */
  until(fits: (seen: Seen) => boolean): Promise<void>;
}

function readAll(log: AsyncIterable<LogEvent>): Reading {
  const events: LogEvent[] = [];
  const seen: Seen = {
    events,
    bytesOf: (step) =>
      Buffer.concat(
        events.flatMap((event) => (event.kind === "log" && event.step === step ? [event.bytes] : [])),
      ),
    get bytes() {
      return Buffer.concat(events.flatMap((event) => (event.kind === "log" ? [event.bytes] : [])));
    },
    get text() {
      return this.bytes.toString();
    },
  };
  const done = (async () => {
    for await (const event of log) events.push(event);
    return seen;
  })();
  done.catch(() => undefined);
  return {
    done,
    async until(fits) {
      const deadline = performance.now() + 10_000;
      while (!fits(seen)) {
        if (performance.now() > deadline) throw new Error(`seen so far: ${events.map(summary).join("; ")}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

function summary(event: LogEvent): string {
  switch (event.kind) {
    case "attempt":
      return `attempt ${event.attemptId}`;
    case "status":
    case "end":
      return `${event.kind} ${event.status}`;
    case "step":
      return `step ${event.step.index} ${event.step.status}${event.step.exitCode === null ? "" : ` ${event.step.exitCode}`}`;
    case "log":
      return `log ${event.step}:${event.offset} ${Buffer.from(event.bytes).toString()}`;
  }
}

/** Hands connections on to a port, and cuts them in the middle when it is told to. */
async function startCuttingProxy(port: number) {
  let connections = 0;
  const open = new Set<Socket>();
  const server = createServer((incoming) => {
    connections += 1;
    const outgoing = connect({ port, host: "127.0.0.1" });
    for (const socket of [incoming, outgoing]) {
      open.add(socket);
      // A cut connection reports itself; that is the point of it.
      socket.on("error", () => undefined);
      socket.on("close", () => open.delete(socket));
    }
    incoming.pipe(outgoing).pipe(incoming);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    cut,
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
