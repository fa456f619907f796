import type { Artifact } from "@fmg/client";
import { describe, expect, jest, test } from "@jest/globals";

import { columnsOf } from "./table.ts";
import { aJob, aPipeline } from "./testing/builders.ts";
import { startFakeServer } from "./testing/fake-server.ts";
import { runFmg, startFmgOnTerminal } from "./testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const artifact: Artifact & { readonly bytes: string } = {
  id: 1,
  path: "dist/a-rather-long-name-of-a-file-that-somebody-chose.js",
  nodeIndex: 0,
  sizeBytes: 3400,
  url: "http://localhost:5000/api/v1/artifacts/1",
  bytes: "",
};
const artifacts = new Map([[50, [artifact]]]);
const serve = () => startFakeServer({ pipelines: [aPipeline()], jobs: [aJob({ id: 50 })], artifacts });

describe("a list", () => {
  test.each([
    [["list", "--format", "{{id}} {{status}} {{repo.name}}"], "5 success repo\n"],
    [
      ["--plain", "list"],
      `5\tocto/repo\t${aPipeline().sha}\tmain\tsuccess\t2024-06-01T12:00:00Z\t2024-06-01T12:03:40Z\n`,
    ],
    [["artifacts", "list", "5", "--plain"], `build\t3400\t${artifact.path}\n`],
    [["artifacts", "list", "5"], `build  3.4 KB  ${artifact.path}\n`],
    [["artifacts", "list", "5", "-q"], "1\n"],
  ])("is shown as it is asked for: %j", async (args, stdout) => {
    await using server = await serve();
    expect(await runFmg([...args, "--server-url", server.url])).toEqual({ code: 0, stdout, stderr: "" });
  });

  test("--format wins over FMG_JSON, goes not with --json, and says what is no field", async () => {
    await using server = await serve();
    const env = { FMG_JSON: "1" };
    const list = (...args: string[]) => runFmg(["list", "--server-url", server.url, ...args], { env });
    expect((await list("--format", "{{id}}")).stdout).toBe("5\n");
    expect((await list("--format", "{{id}}", "--json")).code).toBe(2);
    const wrong = await runFmg(["list", "--server-url", server.url, "--format", "{{statsu}}"]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("Did you mean:  status") });
  });

  test("of columns is as wide as the terminal, and a line of fmg list is never cut", async () => {
    await using server = await serve();
    const options = { columns: 40 };
    const table = await startFmgOnTerminal(["artifacts", "list", "5", "--server-url", server.url], options)
      .ended;
    const lines = await startFmgOnTerminal(["list", "--server-url", server.url], options).ended;
    expect(table.stdout).toMatch(/^build {2}3\.4 KB {2}dist\/a-rath.*…\r\n$/);
    expect(columnsOf(table.stdout.trim())).toBe(40);
    expect(lines.stdout).toContain("finished 2024-06-01T12:03:40Z)");
  });
});
