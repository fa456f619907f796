import { describe, expect, jest, test } from "@jest/globals";

import { aJob, aPipeline } from "./testing/builders.ts";
import { startFakeServer } from "./testing/fake-server.ts";
import { runFmg, startFmgOnTerminal } from "./testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const green = "\u001b[32mSUCCESS\u001b[0m";

describe("colours", () => {
  test.each([
    ["has them", {}, [], true],
    ["has none by NO_COLOR, which wins over FORCE_COLOR", { NO_COLOR: "1", FORCE_COLOR: "1" }, [], false],
    ["has them by --color, which wins over NO_COLOR", { NO_COLOR: "1" }, ["--color"], true],
  ])("a terminal %s", async (_, env, flags, colored) => {
    await using server = await startFakeServer({ pipelines: [aPipeline()] });
    const { stdout } = await startFmgOnTerminal(["list", ...flags, "--server-url", server.url], { env })
      .ended;
    expect(stdout).toContain(`[octo/repo @ a1b2c3d on main] status: ${colored ? green : "SUCCESS"} (started`);
  });

  test("a pipe has them by FORCE_COLOR", async () => {
    await using server = await startFakeServer({ pipelines: [aPipeline()] });
    const { stdout } = await runFmg(["list", "--server-url", server.url], { env: { FORCE_COLOR: "1" } });
    expect(stdout).toContain(`status: ${green} (started`);
  });
});

describe("on a terminal", () => {
  const jobs = [aJob({ id: 50, name: "build" }), aJob({ id: 51, name: "test", status: "failure" })];
  const logs = new Map([[510, Buffer.from("\u001b]0;evil\u0007boom \u001b[31mred")]]);

  test("of several jobs the wanted one is asked for, and its log is made safe", async () => {
    await using server = await startFakeServer({ pipelines: [aPipeline()], jobs, logs });
    const running = startFmgOnTerminal(["logs", "5", "--server-url", server.url]);
    await running.sees("Which job of pipeline 5?");
    await running.sees("FAILURE");
    running.child.stdin?.write("\u001b[B\r");
    const { code, stdout } = await running.ended;
    expect(stdout).toContain('--- Log for pipeline 5, job "test" ---\r\nboom \u001b[31mred\u001b[0m\r\n');
    expect(stdout).not.toContain("evil");
    expect(code).toBe(0);
  });

  test("Ctrl-C at the question ends with 130, and says no more", async () => {
    await using server = await startFakeServer({ pipelines: [aPipeline()], jobs });
    const running = startFmgOnTerminal(["logs", "5", "--server-url", server.url]);
    await running.sees("FAILURE");
    running.child.stdin?.write("\u0003");
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    expect(stdout).not.toContain("Error");
  });

  test("Ctrl-C while a log is followed detaches with 130, and says how to come back", async () => {
    const running = [{ ...jobs[0]!, status: "running" as const }];
    await using server = await startFakeServer({
      pipelines: [aPipeline({ status: "running", finishedAt: null })],
      jobs: running,
      stream: (_, response) => void response.write(": the job says nothing\n\n"),
    });
    const following = startFmgOnTerminal(["logs", "5", "--follow", "--server-url", server.url]);
    await following.sees("--- Log for pipeline 5");
    following.child.stdin?.write("\u0003");
    const { code, stdout } = await following.ended;
    expect(stdout).toContain("Detached. Pipeline 5 goes on: fmg logs 5 build --follow");
    expect(code).toBe(130);
    expect(server.requests.filter((request) => request.startsWith("POST"))).toEqual([]);
  });

  test("NO_COLOR takes the colours of a question as well", async () => {
    await using server = await startFakeServer({ pipelines: [aPipeline()], jobs });
    const asked = startFmgOnTerminal(["logs", "5", "--server-url", server.url], { env: { NO_COLOR: "1" } });
    await asked.sees("FAILURE");
    asked.child.stdin?.write("\u0003");
    const { stdout } = await asked.ended;
    expect(stdout).toContain("Which job of pipeline 5?");
    expect(stdout).not.toContain("\u001b[3");
  });

  test.each([
    ["--no-input", ["--no-input"], {}],
    ["CI", [], { CI: "true" }],
  ])("%s makes the missing job an error", async (_, flags, env) => {
    await using server = await startFakeServer({ pipelines: [aPipeline()], jobs });
    const running = startFmgOnTerminal(["logs", "5", ...flags, "--server-url", server.url], { env });
    const { code, stdout } = await running.ended;
    expect(stdout).toContain("Error: pipeline 5 has 2 jobs: build, test");
    expect(code).toBe(2);
  });
});
