import type { ServerResponse } from "node:http";
import { describe, expect, jest, test } from "@jest/globals";

import { aJob, anAttempt, aPipeline, aStep } from "../testing/builders.ts";
import { sendEvent, startFakeServer } from "../testing/fake-server.ts";
import { runFmg, startFmg } from "../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const build = aJob({ id: 50, name: "build" });
const unit = aJob({
  id: 51,
  name: "test",
  status: "failure",
  message: 'step "npm test" ended with exit code 3',
});
const deploy = aJob({
  id: 52,
  name: "deploy",
  status: "skipped",
  reason: "upstream_failed",
  message: 'it requires "test", which failed',
  attempts: [],
});
const header = '--- Log for pipeline 5, job "build" ---\n';

function logs(texts: Readonly<Record<number, string>>): Map<number, Uint8Array> {
  return new Map(Object.entries(texts).map(([id, text]) => [Number(id), Buffer.from(text)]));
}

describe("fmg logs", () => {
  test("prints the log of the only job at once, under its header", async () => {
    await using server = await startFakeServer({
      pipelines: [aPipeline()],
      jobs: [build],
      logs: logs({ 500: "one\ntwo\n" }),
    });
    const ran = await runFmg(["logs", "latest@main", "--server-url", server.url]);
    expect(ran).toEqual({ code: 0, stdout: `${header}one\ntwo\n`, stderr: "" });
  });

  test("of several jobs one must be named where nobody can be asked", async () => {
    await using server = await startFakeServer({ pipelines: [aPipeline()], jobs: [build, unit, deploy] });
    const { code, stdout, stderr } = await runFmg(["logs", "5", "--server-url", server.url]);
    expect(stderr).toBe(
      "Error: pipeline 5 has 3 jobs: build, test, deploy\n" +
        "  Name one: fmg logs 5 test        All that failed: fmg logs 5 --failed\n",
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("--tail prints the last lines, and --step one step by its number or the beginning of its name", async () => {
    await using server = await startFakeServer({
      pipelines: [aPipeline()],
      jobs: [build],
      steps: new Map([[500, [aStep({ index: 0, name: "Set up" }), aStep({ index: 1 })]]]),
      logs: logs({ 500: "one\ntwo\nthree\n" }),
    });
    const print = (...args: string[]) => runFmg(["logs", "5", ...args, "--server-url", server.url]);
    expect((await print("--tail", "2")).stdout).toBe(`${header}two\nthree\n`);
    await print("--step", "npm");
    expect(server.requests).toContain("GET /api/v1/attempts/500/log?step=1");
    await print("--step", "0");
    expect(server.requests).toContain("GET /api/v1/attempts/500/log?step=0");
    const unknown = await print("--step", "deploy");
    expect(unknown).toMatchObject({ code: 5 });
    expect(unknown.stderr).toContain("Its steps:  0 Set up, 1 npm test");
  });

  test("a unique beginning of a job's name will do", async () => {
    await using server = await startFakeServer({
      pipelines: [aPipeline()],
      jobs: [build, unit],
      logs: logs({ 500: "built\n" }),
    });
    const { stdout } = await runFmg(["logs", "5", "bu", "--server-url", server.url]);
    expect(stdout).toBe(`${header}built\n`);
  });

  test("any bytes go through a pipe unchanged", async () => {
    const bytes = Buffer.from([0x1b, 0x5d, 0x30, 0x3b, 0x07, 0xff, 0x00, 0x0d, 0x41]);
    await using server = await startFakeServer({
      pipelines: [aPipeline()],
      jobs: [build],
      logs: new Map([[500, bytes]]),
    });
    const running = startFmg(["logs", "5", "-q", "--server-url", server.url]);
    const chunks: Buffer[] = [];
    running.child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    await running.ended;
    expect(Buffer.concat(chunks)).toEqual(bytes);
  });

  test("a failed job's reason stands on stderr, and --exit-status passes it on", async () => {
    await using server = await startFakeServer({
      pipelines: [aPipeline()],
      jobs: [unit],
      logs: logs({ 510: "boom\n" }),
    });
    const { code, stdout, stderr } = await runFmg(["logs", "5", "--exit-status", "--server-url", server.url]);
    expect(stdout).toBe('--- Log for pipeline 5, job "test" ---\nboom\n');
    expect(stderr).toBe('test: FAILURE (step "npm test" ended with exit code 3)\n');
    expect(code).toBe(1);
  });

  test("a skipped job's log says why it did not run", async () => {
    await using server = await startFakeServer({ pipelines: [aPipeline()], jobs: [build, unit, deploy] });
    const { code, stdout } = await runFmg(["logs", "5", "deploy", "--server-url", server.url]);
    expect(stdout).toBe(
      '--- Log for pipeline 5, job "deploy" ---\ndeploy: SKIPPED (it requires "test", which failed)\n',
    );
    expect(code).toBe(0);
  });

  test("--failed prints every job that failed", async () => {
    await using server = await startFakeServer({
      pipelines: [aPipeline()],
      jobs: [build, unit, deploy],
      logs: logs({ 500: "built\n", 510: "boom\n" }),
    });
    const { stdout } = await runFmg(["logs", "5", "--failed", "--server-url", server.url]);
    expect(stdout).toBe('--- Log for pipeline 5, job "test" ---\nboom\n');
  });

  test("a job on several nodes needs the node", async () => {
    const attempts = [0, 1].map((nodeIndex) => anAttempt({ id: 500 + nodeIndex, nodeIndex, nodeTotal: 2 }));
    await using server = await startFakeServer({
      pipelines: [aPipeline()],
      jobs: [aJob({ attempts })],
      logs: logs({ 501: "second half\n" }),
    });
    const unnamed = await runFmg(["logs", "5", "--server-url", server.url]);
    expect(unnamed.stderr).toBe(
      'Error: job "build" of pipeline 5 ran on 2 nodes: 0, 1\n  Name one: fmg logs 5 build --node 0\n',
    );
    const named = await runFmg(["logs", "5", "--node", "1", "--server-url", server.url]);
    expect(named.stdout).toBe('--- Log for pipeline 5, job "build", node 1 ---\nsecond half\n');
    const wrong = await runFmg(["logs", "5", "--node", "2", "--server-url", server.url]);
    expect(wrong.code).toBe(5);
  });

  test("a config that was refused is shown with the place of each error", async () => {
    const file = ".circleci/config.yml";
    const range = { file, start: { line: 12, column: 5 }, end: { line: 12, column: 10 } };
    const diagnostic = {
      code: "unknown-key",
      severity: "error" as const,
      message: 'job "build" has no key "stesp"',
      hint: 'did you mean "steps"?',
      range,
      sourceLine: "    stesp:",
    };
    await using server = await startFakeServer({
      pipelines: [aPipeline({ status: "error", reason: "config_invalid", diagnostics: [diagnostic] })],
    });
    const { code, stdout, stderr } = await runFmg(["logs", "5", "--exit-status", "--server-url", server.url]);
    expect(stdout).toBe(
      "--- Log for pipeline 5 ---\n" +
        '.circleci/config.yml:12:5  error  unknown-key  job "build" has no key "stesp"\n' +
        "   12 |     stesp:\n" +
        '      |     ^^^^^ did you mean "steps"?\n',
    );
    expect({ code, stderr }).toEqual({ code: 1, stderr: "1 error, 0 warnings\n" });
  });

  test("--json holds the job and its log", async () => {
    await using server = await startFakeServer({
      pipelines: [aPipeline()],
      jobs: [build],
      logs: logs({ 500: "one\n" }),
    });
    const { stdout } = await runFmg(["logs", "5", "--json", "--server-url", server.url]);
    expect(JSON.parse(stdout)).toEqual({ pipelineId: 5, job: build, log: "one\n" });
  });

  test("a pipeline that does not exist is exit code 5", async () => {
    await using server = await startFakeServer();
    const { code, stderr } = await runFmg(["logs", "7", "--server-url", server.url]);
    expect(stderr).toBe("Error: there is no pipeline 7\n  All pipelines:  fmg list\n");
    expect(code).toBe(5);
  });
});

describe("fmg logs --follow", () => {
  const success = { status: "success", reason: null, message: null };
  const bytes = (text: string) => Buffer.from(text).toString("base64");

  test("goes on where the connection was cut, and ends with the job", async () => {
    const positions: (string | undefined)[] = [];
    await using server = await startFakeServer({
      pipelines: [aPipeline({ status: "running" })],
      jobs: [build],
    });
    server.state.stream = (request, response) => {
      positions.push(request.headers["last-event-id"] as string | undefined);
      if (positions.length === 1) {
        sendEvent(response, "attempt", { id: 500 });
        sendEvent(response, "log", { step: 0, offset: 0, bytes: bytes("one\n") }, "0:4");
        response.end();
      } else {
        sendEvent(response, "log", { step: 0, offset: 4, bytes: bytes("two\n") }, "0:8");
        sendEvent(response, "end", success);
        response.end();
      }
    };
    const ran = await runFmg(["logs", "5", "-f", "--server-url", server.url]);
    expect(ran).toEqual({ code: 0, stdout: `${header}one\ntwo\n`, stderr: "build: SUCCESS\n" });
    expect(positions).toEqual([undefined, "0:4"]);
  });

  test("waits for the jobs of a pipeline that is not compiled yet", async () => {
    await using server = await startFakeServer({ pipelines: [aPipeline({ status: "pending" })] });
    server.state.stream = (_, response) => {
      sendEvent(response, "end", { status: "failure", reason: "step_failed", message: null });
      response.end();
    };
    const running = startFmg(["logs", "5", "--follow", "--exit-status", "--server-url", server.url]);
    await running.sees("not compiled yet");
    server.state.jobs.push(build);
    server.state.pipelines[0] = aPipeline({ status: "running" });
    const { code, stdout } = await running.ended;
    expect(stdout).toBe(`${header}build: FAILURE (step_failed)\n`);
    expect(code).toBe(1);
  });

  test("Ctrl-C detaches: the job goes on, and the way back is told", async () => {
    await using server = await startFakeServer({
      pipelines: [aPipeline({ status: "running" })],
      jobs: [build],
    });
    server.state.stream = (_, response) => {
      sendEvent(response, "log", { step: 0, offset: 0, bytes: bytes("one\n") }, "0:4");
    };
    const running = startFmg(["logs", "5", "--follow", "--server-url", server.url]);
    await running.sees("one\n");
    running.child.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(stderr).toBe("Detached. Pipeline 5 goes on: fmg logs 5 build --follow\n");
    expect(code).toBe(130);
  });

  test("--json is an object a line, with characters kept whole", async () => {
    const euro = Buffer.from("€");
    await using server = await startFakeServer({ pipelines: [aPipeline()], jobs: [build] });
    server.state.stream = (_, response) => {
      sendHalves(response, euro);
      sendEvent(response, "end", success);
      response.end();
    };
    const { stdout } = await runFmg(["logs", "5", "-f", "--json", "--server-url", server.url]);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(events).toEqual([
      { event: "log", step: 0, stepName: "step 0", offset: 0, text: "" },
      { event: "log", step: 0, stepName: "step 0", offset: 1, text: "€" },
      { event: "end", ...success },
    ]);
  });
});

function sendHalves(response: ServerResponse, bytes: Buffer): void {
  const [first, rest] = [bytes.subarray(0, 1), bytes.subarray(1)];
  sendEvent(response, "log", { step: 0, offset: 0, bytes: first.toString("base64") }, "0:1");
  sendEvent(response, "log", { step: 0, offset: 1, bytes: rest.toString("base64") }, `0:${bytes.length}`);
}
