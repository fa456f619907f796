import { once } from "node:events";
import { createServer } from "node:net";

import { expect, jest, test } from "@jest/globals";

import { aPipeline } from "../testing/builders.ts";
import { startFakeServer } from "../testing/fake-server.ts";
import { runFmg, startFmg } from "../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const sha = "a1b2c3d4".padEnd(40, "0");

test("fmg trigger asks for a pipeline with parameters, and tells its number and page", async () => {
  await using server = await startFakeServer({ pipelines: [aPipeline({ id: 12 })] });
  const args = ["trigger", "octo/repo", "--branch", "dev", "--sha", sha, "--param", "deploy=true"];
  const { code, stdout } = await runFmg([...args, "--param", "level=a=b", "--server-url", server.url]);

  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `Pipeline 12 created\n${aPipeline({ id: 12 }).url}\n`,
  });
  expect(server.requests).toContain("POST /api/v1/projects/octo/repo/pipelines");
  expect(server.state.triggered).toEqual([
    { branch: "dev", sha, textParameters: { deploy: "true", level: "a=b" } },
  ]);
});

test("fmg trigger --wait ends with the pipeline's result, and tells a refused config's errors with their places", async () => {
  const range = { file: ".circleci/config.yml", start: { line: 2, column: 1 }, end: { line: 2, column: 11 } };
  const diagnostic = {
    code: "unexpected-argument",
    severity: "error",
    message: "Unexpected argument(s): x",
    range,
  } as const;
  const refused = aPipeline({ id: 12, status: "error", diagnostics: [diagnostic] });
  await using server = await startFakeServer({ pipelines: [refused] });
  const wait = ["trigger", "octo/repo", "--wait", "--server-url", server.url];
  const failed = await runFmg(wait);
  server.state.pipelines[0] = aPipeline({ id: 12, status: "canceled" });
  const [canceled, json] = await Promise.all([runFmg([...wait, "-q"]), runFmg([...wait, "--json"])]);

  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain(
    ".circleci/config.yml:2:1  error  unexpected-argument  Unexpected argument(s): x\n",
  );
  expect(canceled).toMatchObject({ code: 7, stdout: "12\n" });
  expect(JSON.parse(json.stdout)).toMatchObject({ id: 12, status: "canceled" });
});

test("fmg trigger --wait goes on through a restart of the server, to the end of a pipeline that runs", async () => {
  const running = aPipeline({ id: 12, status: "running", finishedAt: null });
  const before = await startFakeServer({ pipelines: [running] });
  const waiting = startFmg(["trigger", "octo/repo", "--wait", "--server-url", before.url]);
  await waiting.sees("Pipeline 12 created");
  const port = Number(new URL(before.url).port);
  await before[Symbol.asyncDispose]();
  const away = createServer((socket) => socket.destroy()).listen(port, "127.0.0.1");
  await once(away, "connection");
  await new Promise((resolve) => away.close(resolve));
  await using after = await startFakeServer({ pipelines: [aPipeline({ id: 12, status: "failure" })] }, port);

  expect(await waiting.ended).toMatchObject({ code: 1, stderr: "" });
  expect(after.requests).toContain("GET /api/v1/pipelines/12");
});

test("fmg trigger refuses a half repository, parameter or commit before it asks the server", async () => {
  await using server = await startFakeServer();
  const wrong = await Promise.all(
    [["octo"], ["octo/repo", "--param", "x"], ["octo/repo", "--sha", "a1b2c3d"]].map((args) =>
      runFmg(["trigger", ...args, "--server-url", server.url]),
    ),
  );
  expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2]);
  expect(server.requests).toEqual([]);
});
