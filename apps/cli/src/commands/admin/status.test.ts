import { expect, jest, test } from "@jest/globals";

import { startFakeServer } from "../../testing/fake-server.ts";
import { runFmg } from "../../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

test("fmg admin status shows what the server has to do", async () => {
  await using server = await startFakeServer();
  const { code, stdout } = await runFmg(["admin", "status", "--server-url", server.url]);
  expect(code).toBe(0);
  expect(stdout.split("\n")).toEqual([
    `FMG 9.9.9 at ${server.url}, up since 2024-06-01T12:00:00.000Z`,
    "✓ takes work",
    "runners      1 active, 0 inactive",
    "unfinished   2 pipelines, 3 workflows, 1 attempts, 0 statuses, 0 notifications",
    "free disk    3.0 GiB",
    "",
  ]);
});

test("fmg admin status ends with 1 where the server can take no work, and says why", async () => {
  await using server = await startFakeServer({ problems: ["Redis does not answer"] });
  const { code, stdout } = await runFmg(["admin", "status", "--server-url", server.url]);
  expect(stdout).toContain("✗ Redis does not answer\n");
  expect(code).toBe(1);
});

test("fmg version --server shows both versions, and says where they differ", async () => {
  await using server = await startFakeServer();
  const both = await runFmg(["version", "--server", "--server-url", server.url]);
  const own = await runFmg(["version"]);
  expect(both.stdout).toBe(`${own.stdout}server 9.9.9 at ${server.url}\n`);
  expect(both.stderr).toContain("They differ");
  expect(own.stdout).toMatch(/^fmg \d+\.\d+\.\d+\n$/);
  expect(own.code).toBe(0);
});

test("fmg version --json --server is one document", async () => {
  await using server = await startFakeServer();
  const { stdout } = await runFmg(["version", "--server", "--json", "--server-url", server.url]);
  expect(JSON.parse(stdout)).toEqual({
    version: expect.any(String),
    server: { url: server.url, version: "9.9.9" },
  });
});
