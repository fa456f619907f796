import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";

import { isLoopback } from "./sign-in.ts";
import { aPipeline } from "./testing/builders.ts";
import { startFakeServer } from "./testing/fake-server.ts";
import { runFmg } from "./testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-cli-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("the token", () => {
  test.each([
    ["FMG_TOKEN", () => ({ env: { FMG_TOKEN: "t0ken" } })],
    ["the data directory of FMG_DATA_DIR", () => ({ env: { FMG_DATA_DIR: join(folder, "data") } })],
    ["data/ beside the nearest pnpm-workspace.yaml", () => ({ cwd: join(folder, "apps") })],
  ])("of a server on this machine is found in %s", async (_, options) => {
    await writeDataDirectory("t0ken");
    await using server = await startFakeServer({ token: "t0ken", pipelines: [aPipeline()] });
    const { code, stdout } = await runFmg(["list", "-q", "--server-url", server.url], options());
    expect({ code, stdout }).toEqual({ code: 0, stdout: "5\n" });
  });

  test("--token-file wins over FMG_TOKEN, and stands before the command too", async () => {
    const file = join(folder, "token");
    await writeFile(file, "t0ken\n");
    await using server = await startFakeServer({ token: "t0ken" });
    const args = ["--token-file", file, "--server-url", server.url, "list"];
    expect((await runFmg(args, { env: { FMG_TOKEN: "wrong" } })).code).toBe(0);
  });

  test("none, or a wrong one, is exit code 4 with what to do", async () => {
    await using server = await startFakeServer({ token: "t0ken" });
    const none = await runFmg(["list", "--server-url", server.url]);
    expect(none.code).toBe(4);
    expect(none.stderr).toContain("needs a token, and no token was found\n  Sign in:");
    const wrong = await runFmg(["list", "--server-url", server.url], { env: { FMG_TOKEN: "wr0ng" } });
    expect(wrong.code).toBe(4);
    expect(wrong.stderr).toContain("does not know the token from FMG_TOKEN");
    expect(wrong.stderr).not.toContain("wr0ng");
  });

  test.each([
    ["http://localhost:5000", true],
    ["http://127.8.0.1", true],
    ["http://[::1]:5000", true],
    ["http://127.0.0.1.example.com", false],
    ["http://localhost.example.com", false],
    ["https://fmg.example.com", false],
  ])("of the data directory goes to this machine alone: %s", (url, loopback) => {
    expect(isLoopback(url)).toBe(loopback);
  });

  async function writeDataDirectory(token: string): Promise<void> {
    await mkdir(join(folder, "data"));
    await mkdir(join(folder, "apps"));
    await writeFile(join(folder, "pnpm-workspace.yaml"), "");
    await writeFile(join(folder, "data", "admin-token"), `${token}\n`);
  }
});

describe("an error", () => {
  test("of a server that is not there says what to do, with exit code 3", async () => {
    const url = await freeUrl();
    const { code, stdout, stderr } = await runFmg(["--server-url", url, "list"]);
    expect(stderr).toBe(
      `Error: cannot reach the FMG server at ${url} (connection refused)\n` +
        "  Is it running?   In a checkout of FMG, ./scripts/dev_up.sh starts it\n" +
        "  Other server:    fmg --server-url http://host:5000 list, or set FMG_SERVER_URL\n",
    );
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  });

  test("under --json is one document on stdout", async () => {
    const { code, stdout, stderr } = await runFmg(["logs", "x", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "usage", message: '"x" names no pipeline' } });
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
  });

  test("of the server carries the request's id", async () => {
    const problem = { status: 503, code: "unavailable", detail: "the disk is full" };
    await using server = await startFakeServer({ problem });
    const { code, stderr } = await runFmg(["list", "--server-url", server.url]);
    expect(stderr).toContain("Error: the server could not answer: the disk is full (503 unavailable)\n");
    expect(stderr).toContain("req-7");
    expect(code).toBe(3);
  });

  test("of a token without the scope is exit code 4", async () => {
    const problem = { status: 403, code: "forbidden", detail: "this needs the scope admin" };
    await using server = await startFakeServer({ problem });
    const args = ["configure", "add-runner", "x", "--server-url", server.url];
    const { code, stderr } = await runFmg(args, { env: { FMG_TOKEN: "t" } });
    expect(stderr).toBe(
      "Error: this needs the scope admin\n  The token is the one from FMG_TOKEN; use one with that scope.\n",
    );
    expect(code).toBe(4);
  });

  test.each([
    [["lst"], 'unknown command "lst"'],
    [["list", "--limt", "3"], "fmg list has no flag --limt"],
    [["list", "extra"], "fmg list takes no more arguments: extra"],
    [["list", "--limit", "0"], "--limit: Expected an integer greater than or equal to 1 but received: 0"],
    [["list", "--server-url", "localhost:5000"], '"localhost:5000" is not the URL of a server'],
    [["logs", "5", "--follow", "--failed"], "--follow=true cannot also be provided when using --failed"],
  ])("of wrong use is exit code 2: %j", async (args, message) => {
    const { code, stderr } = await runFmg(args);
    expect(stderr.split("\n")[0]).toBe(`Error: ${message}`);
    expect(code).toBe(2);
  });

  test("of fmg itself is exit code 70, with a report that its owner alone may read", async () => {
    await using server = await startFakeServer({ pipelines: [aPipeline()] });
    const bug = 'data:text/javascript,Date.prototype.toISOString = () => { throw new Error("no time"); }';
    const { code, stdout, stderr } = await runFmg(["list", "--server-url", server.url], {
      env: { NODE_OPTIONS: `--import=${encodeURI(bug)}`, TMPDIR: folder },
    });
    expect({ code, stdout }).toEqual({ code: 70, stdout: "" });
    const report = /^Error: a bug in fmg: no time\n {2}A report was written to (\S+)\n$/.exec(stderr)?.[1];
    expect(await readFile(report!, "utf8")).toMatch(/^fmg list .*\nNode v24.*\nError: no time\n {4}at /);
    expect((await stat(report!)).mode & 0o777).toBe(0o600);
  });

  test("a reader who leaves early is none", async () => {
    const pipelines = Array.from({ length: 3000 }, (_, index) => aPipeline({ id: 3000 - index }));
    await using server = await startFakeServer({ pipelines });
    const bin = new URL("../bin/run.js", import.meta.url).pathname;
    const command = `"${process.execPath}" --conditions=@fmg/source "${bin}" list --all | head -n 1`;
    const { execFile } = await import("node:child_process");
    const env = { ...process.env, FMG_SERVER_URL: server.url };
    const output = await new Promise<string>((resolve) => {
      execFile("bash", ["-c", command], { env, cwd: folder }, (_, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
    expect(output.trim().split("\n")).toHaveLength(1);
  });
});

describe("the program", () => {
  test.each([
    [["--version"], /^fmg \d+\.\d+\.\d+\n$/],
    [[], /^fmg shows and steers/],
    [["configure"], /^COMMANDS\n {2}fmg configure add-runner/],
    [["logs", "--help"], /^Print the log of a job, or follow it\.\n\nUSAGE/],
  ])("%j prints on stdout and ends with 0", async (args, text) => {
    const { code, stdout, stderr } = await runFmg(args);
    expect(stdout).toMatch(text);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("--debug tells each request, and no token", async () => {
    await using server = await startFakeServer({ token: "t0ken" });
    const { stderr } = await runFmg(["--debug", "list", "--server-url", server.url], {
      env: { FMG_TOKEN: "t0ken" },
    });
    expect(stderr).toMatch(/^GET http:\S+\/api\/v1\/pipelines\?limit=20 200 \d+ ms\n/);
    expect(stderr).not.toContain("t0ken");
  });
});

async function freeUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
