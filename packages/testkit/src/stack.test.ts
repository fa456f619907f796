import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { awaitState } from "./await-state.ts";
import { startStack, type Stack } from "./stack.ts";

let stack: Stack | undefined;

afterEach(async () => {
  await stack?.stop();
  stack = undefined;
}, 60_000);

const config = `version: 2.1
jobs:
  build:
    docker:
      - image: fmg-test/busybox:local
    steps:
      - checkout
      - run: cat hello.txt
workflows:
  main:
    jobs:
      - build:
          filters:
            tags:
              only: /.*/
`;
const files = { ".circleci/config.yml": config, "hello.txt": "hello from the repository\n" };

test("a push to a private repository becomes a green commit, and nothing of it stays in Docker", async () => {
  const pushed = await startStack({ repositories: "private" });
  stack = pushed;

  const { pipelineId, sha } = await pushed.push("octo/private", { files, tag: { annotated: "v1" } });

  await pushed.waitForPipeline(pipelineId, "success");
  expect(await pushed.jobLog(pipelineId, "build")).toContain("hello from the repository\n");
  await pushed.github.waitForStatus({ sha, context: "fmg", state: "success" }, 20_000);
  // The container is removed after the result is told.
  await awaitState({
    what: "an empty Docker",
    read: () => pushed.leftovers(),
    judge: (left) => (left.length === 0 ? "reached" : "waiting"),
    deadlineMs: 30_000,
  });
}, 180_000);

test("stopping in mid-pipeline, with the orchestrator killed, leaves nothing behind", async () => {
  const busy = await startStack();
  const slow = config.replace("cat hello.txt", "cat hello.txt && sleep 600");
  const { pipelineId } = await busy.push("octo/busy", { files: { ...files, ".circleci/config.yml": slow } });
  await awaitState({
    what: "the step to talk",
    read: () => busy.jobLog(pipelineId, "build"),
    judge: (log) => (log.includes("hello from") ? "reached" : "waiting"),
    deadlineMs: 30_000,
  });
  await busy.killOrchestrator();
  expect((await busy.client.getPipeline({ params: { id: pipelineId } })).status).toBe("running");

  await busy.stop();

  expect(await busy.leftovers()).toEqual([]);
  expect(existsSync(dirname(busy.dataDir))).toBe(false);
  expect(busy.api.isRunning()).toBe(false);
}, 180_000);

test("a request that GitHub would not take makes the stop fail", async () => {
  const bad = await startStack({ orchestrator: "later" });
  await fetch(`${bad.github.apiUrl}/user`, {
    headers: { authorization: `Bearer ${bad.githubToken}`, accept: "application/json" },
  });

  await expect(bad.stop()).rejects.toThrow(/GitHub would not have taken:\nGET \/user/);
}, 180_000);
