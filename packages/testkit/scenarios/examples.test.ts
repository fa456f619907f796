import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { testImages } from "../src/images/images.ts";
import {
  buildDockerClientImage,
  buildProgramImage,
  dockerClientImage,
  whereIs,
} from "../src/images/program-image.ts";
import { repoRoot } from "../src/repo-root.ts";
import { runLocally, serverOutcome } from "../src/run-locally.ts";
import { startSecondDocker } from "../src/second-docker.ts";
import { startStack, type Push, type Stack } from "../src/stack.ts";

const nodeImage = "fmg-test/node:local";
const redisImage = "fmg-test/redis:local";
/** No registry is asked: each image of an example stands for one that is made here. */
const standIns: Readonly<Record<string, string>> = {
  "cimg/node:24.11": nodeImage,
  "redis:8": redisImage,
  "cimg/base:current": testImages.bash,
  "docker:29-cli": dockerClientImage,
};
const examples = join(repoRoot, "docs/examples");

let stack: Stack;
let second: Awaited<ReturnType<typeof startSecondDocker>>;
const cleanUp = new AsyncDisposableStack();
beforeAll(async () => {
  for (const image of await Promise.all([buildNodeImage(), buildRedisImage(), buildDockerClientImage()]))
    cleanUp.defer(() => image.remove());
  second = await startSecondDocker();
  cleanUp.defer(() => second.stop());
  stack = await startStack({
    env: { FMG_REMOTE_DOCKER_HOST: second.host, FMG_REMOTE_DOCKER_CERT_PATH: second.certPath },
  });
  cleanUp.defer(() => stack.stop());
}, 180_000);
afterAll(() => cleanUp.disposeAsync(), 120_000);

async function buildNodeImage(): Promise<{ remove(): Promise<void> }> {
  const npm = dirname(dirname(await whereIs("npm")));
  return buildProgramImage({
    name: nodeImage,
    base: "bash",
    programs: { "/bin/node": process.execPath },
    scripts: { "/bin/npm": '#!/bin/sh\nexec node /opt/npm/bin/npm-cli.js "$@"\n' },
    folders: { "/opt/npm": npm },
  });
}

function buildRedisImage(): Promise<{ remove(): Promise<void> }> {
  return buildProgramImage({
    name: redisImage,
    base: "busybox",
    programs: { "/bin/redis-server": process.env["FMG_REDIS_BIN"] ?? "redis-server" },
    lines: ['CMD ["redis-server", "--save", "", "--protected-mode", "no"]'],
  });
}

/** Pushes an example as it stands, but for the names of its images. */
function push(example: string, message?: string): Promise<Push> {
  const files = filesOf(example);
  return stack.push(`octo/${example}`, { files, ...(message === undefined ? {} : { message }) });
}

/** `fmg run` comes to the same as the server did. */
async function expectSameLocally(example: string, { pipelineId }: Push, times = 1): Promise<void> {
  const env = { FMG_REMOTE_DOCKER_HOST: second.host, FMG_REMOTE_DOCKER_CERT_PATH: second.certPath };
  await runLocally(filesOf(example), { repository: `octo/${example}`, env, times }, async ({ outcome }) => {
    expect(outcome).toEqual(await serverOutcome(stack, pipelineId));
  });
}

function filesOf(example: string): Record<string, string> {
  const root = join(examples, example);
  const files: Record<string, string> = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, "utf8");
    files[path.slice(root.length + 1)] = text.replace(
      /^(\s*- image: )(\S+)$/gm,
      (_all, key: string, name: string) => key + standIns[name],
    );
  }
  return files;
}

test("every example is tried here", () => {
  const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).sort()).toEqual([
    "fan-out-workspace",
    "image-build",
    "node-redis-cache",
    "split-tests",
  ]);
});

test("a Node service is tested against a Redis container, and its second pipeline restores the first one's cache (R-DKR-3, R-CACHE-1)", async () => {
  const first = await push("node-redis-cache");
  await stack.waitForPipeline(first.pipelineId, "success", 80_000);
  const again = await push("node-redis-cache", "Again");
  await stack.waitForPipeline(again.pipelineId, "success", 80_000);

  expect(await stack.jobLog(first.pipelineId, "test")).toMatch(/pass 1\b/);
  expect(await stack.jobLog(again.pipelineId, "test")).toMatch(/[Ff]ound a cache|[Rr]estored/);
  await expectSameLocally("node-redis-cache", again, 2);
}, 170_000);

test("tests are shared out over two nodes, each once, and their results are kept (R-PAR-1, R-TEST-1)", async () => {
  const pushed = await push("split-tests");
  await stack.waitForPipeline(pushed.pipelineId, "success", 80_000);

  const [job] = await stack.jobs(pushed.pipelineId);
  const results = await stack.get<{ items: { name: string }[] }>(`/jobs/${job!.id}/tests`);
  expect(results.items.map(({ name }) => name).sort()).toEqual([1, 2, 3, 4].map((n) => `part ${n} adds up`));
  await expectSameLocally("split-tests", pushed);
}, 90_000);

test("a workspace goes from one job to three and back to one, whose artifact holds all of it (R-WS-2, R-ART-1)", async () => {
  const pushed = await push("fan-out-workspace");
  await stack.waitForPipeline(pushed.pipelineId, "success", 80_000);

  expect(await stack.jobLog(pushed.pipelineId, "report")).toContain("3\n2\n1\n");
  const report = (await stack.jobs(pushed.pipelineId)).find(({ name }) => name === "report");
  const artifacts = await stack.get<{ items: { path: string }[] }>(`/jobs/${report!.id}/artifacts`);
  expect(artifacts.items.map(({ path }) => path)).toContain("counts/report.txt");
  await expectSameLocally("fan-out-workspace", pushed);
}, 90_000);

test("an image is built on the operator's second Docker (R-SRD-2)", async () => {
  const pushed = await push("image-build");
  await stack.waitForPipeline(pushed.pipelineId, "success", 80_000);
  expect(await stack.jobLog(pushed.pipelineId, "image")).toContain("hello from the image\n");
  await expectSameLocally("image-build", pushed);
}, 90_000);
