import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createGitHub, sendStatus } from "@fmg/github";
import { Secret } from "@fmg/core";
import { awaitState } from "../src/await-state.ts";
import { repoRoot } from "../src/repo-root.ts";
import { startStack, type Stack } from "../src/stack.ts";

const config = `version: 2.1
jobs:
  build:
    docker: [{ image: "fmg-test/bash:local" }]
    steps: [{ run: "true" }]
workflows: { main: { jobs: [build] } }
`;

let stack: Stack;
let folder: string;
let sha: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-doctor-"));
  stack = await startStack();
  const pushed = await stack.push("octo/doctor", { files: { ".circleci/config.yml": config } });
  sha = pushed.sha;
  await stack.waitForPipeline(pushed.pipelineId, "success");
  await stack.github.waitForStatus({ sha, context: "fmg", state: "success" }, 30_000);
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** `fmg doctor` in a folder without a config. */
function doctor(...more: string[]): Promise<{ code: number; stdout: string }> {
  const bin = join(repoRoot, "apps/cli/bin/run.js");
  const args = ["--conditions=@fmg/source", bin, "doctor", ...more];
  const env = { ...process.env, HOME: folder, FMG_TOKEN: stack.adminToken, FMG_SERVER_URL: stack.api.url! };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, env, timeout: 60_000 }, (error, stdout) =>
      resolve({ code: Number(error?.code ?? 0), stdout }),
    );
  });
}

test("fmg doctor says that all is well, and what it looked at", async () => {
  const { code, stdout } = await doctor();
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^✓ Node\.js \d+/),
    expect.stringMatching(/^✓ Docker answers, with \d+ CPUs and [\d.]+ GiB$/),
    "✓ no config in this folder",
    expect.stringMatching(/^✓ the server at http:.* answers, version \d+\.\d+\.\d+$/),
    "✓ database, Redis, Docker and GitHub agree (1 orchestrators looked)",
    "",
  ]);
  expect(code).toBe(0);
}, 60_000);

test("a status that was written over is found, mended with --fix, and found no more", async () => {
  const github = createGitHub({ apiUrl: stack.github.apiUrl, token: new Secret(stack.githubToken) });
  const forged = { owner: "octo", repo: "doctor", sha, context: "fmg", targetUrl: "http://else.test" };
  await sendStatus(github, { ...forged, state: "failure", description: "no" }, AbortSignal.timeout(30_000));

  const found = await doctor();
  const mended = await doctor("--fix");
  const shown = () => stack.github.combined(sha).get("fmg")?.state;
  await awaitState({
    what: "GitHub to show the pipeline's success again",
    read: async () => shown(),
    judge: (state) => (state === "success" ? "reached" : "waiting"),
    deadlineMs: 30_000,
  });
  const after = await doctor();

  expect(found.code).toBe(1);
  expect(found.stdout).toMatch(
    /^✗ the status "fmg" of octo\/doctor@.* is success, .* and GitHub shows failure, "no"$/m,
  );
  expect(found.stdout).toContain("    next:  fmg doctor --fix sends it again.\n");
  expect(mended.stdout).toMatch(/^✓ mended: the status "fmg" of octo\/doctor@/m);
  expect(mended.code).toBe(0);
  expect(after.code).toBe(0);
}, 120_000);

test("a server without an orchestrator, and one that is not there, are told with what to do", async () => {
  await stack.killOrchestrator();
  const alone = await doctor();
  await stack.startOrchestrator();
  const nowhere = await doctor("--server-url", "http://127.0.0.1:61999");
  expect(alone.stdout).toContain("✗ no orchestrator is there\n    why:   None runs");
  expect(alone.code).toBe(1);
  expect(nowhere.stdout).toMatch(/✗ cannot reach the FMG server at http:\/\/127\.0\.0\.1:61999/);
  expect(nowhere.code).toBe(1);
}, 120_000);
