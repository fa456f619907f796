import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { awaitState } from "../src/await-state.ts";
import { startStack, type Stack } from "../src/stack.ts";

const token = "deploy-token-of-the-context";
const ofProject = "shared-value-of-the-project";
const config = `version: 2.1
jobs:
  build: &job
    docker:
      - image: fmg-test/busybox:local
    steps:
      - run: test "$DEPLOY_TOKEN" = "" && test "$SHARED" = "$(printf '%s' shared-value -of-the-project)"
  deploy:
    <<: *job
    steps:
      - run: test "$DEPLOY_TOKEN" = "$(printf '%s' deploy-token -of-the-context)" && test "$SHARED" = context && echo "<$DEPLOY_TOKEN>"
  tell:
    <<: *job
    steps:
      - run: test "$DEPLOY_TOKEN" = "" && echo told
workflows:
  main:
    jobs:
      - build
      - deploy: { context: [deploy], requires: [build] }
      - tell: { requires: [{ deploy: unauthorized }] }
`;

let stack: Stack | undefined;
afterEach(() => stack?.stop(), 60_000);

test("a deploy job uses its context on main, and another branch is refused it, with a reason (R-CTX-1, R-CTX-2, R-ENV-1, R-REQ-2)", async () => {
  stack = await startStack();
  const { client } = stack;
  const push = (branch: string) =>
    stack!.push("octo/app", { branch, files: { ".circleci/config.yml": config } });
  const states = async (pipelineId: number) =>
    Object.fromEntries(
      (await stack!.jobs(pipelineId)).map(({ name, status, reason, message }) => [
        name,
        { status, reason, message },
      ]),
    );

  // FMG knows a project from its first push on.
  const first = await push("early");
  await stack.waitForPipeline(first.pipelineId, "failure");
  const project = { owner: "octo", name: "app" };
  const context = { context: "deploy" };
  await client.setVariable({ params: { ...project, variable: "SHARED" }, body: { value: ofProject } });
  await client.createContext({ body: { name: "deploy" } });
  await client.restrictContext({ params: context, body: { kind: "project", value: "octo/app" } });
  await client.restrictContext({ params: context, body: { kind: "branch", value: "main" } });
  await client.setContextVariable({
    params: { ...context, variable: "DEPLOY_TOKEN" },
    body: { value: token },
  });
  await client.setContextVariable({ params: { ...context, variable: "SHARED" }, body: { value: "context" } });
  // A rotation is begun, and the orchestrator dies: its successor ends it, and opens what is under the new key. (SEC-5)
  const { older } = await client.rotateEncryptionKey();
  await stack.killOrchestrator();
  await stack.startOrchestrator();
  const key = await awaitState({
    what: "all secrets to be under the new key",
    read: () => client.getEncryptionKey(),
    judge: (state) => (state.remaining === 0 && state.older.length === 0 ? "reached" : "waiting"),
    deadlineMs: 30_000,
  });
  expect(older).not.toContain(key.newest);
  const main = await push("main");
  await stack.waitForPipeline(main.pipelineId, "success");
  const log = await stack.jobLog(main.pipelineId, "deploy");
  const other = await push("feature");
  await stack.waitForPipeline(other.pipelineId, "error");

  expect(log).toContain("<****>");
  expect(await states(main.pipelineId)).toMatchObject({
    deploy: { status: "success" },
    tell: { status: "skipped" },
  });
  expect(await states(other.pipelineId)).toMatchObject({
    build: { status: "success" },
    deploy: {
      status: "error",
      reason: "unauthorized",
      message: 'The context "deploy" is for branch main, and this is branch feature.',
    },
    tell: { status: "success" },
  });
  const { items } = await client.listAudit({ query: { limit: 100 } });
  const told = items
    .filter(({ token: by }) => by === null)
    .map(({ action, target }) => `${action} ${target}`);
  expect(told.filter((line) => line.startsWith("context.refuse"))).toEqual(["context.refuse context deploy"]);
  expect(told.filter((line) => line === "variables.use context deploy")).toHaveLength(1);
  expect(told.filter((line) => line === "variables.use project octo/app")).toHaveLength(4);
  await expectNoTrace(stack, [log, JSON.stringify(items)]);
}, 180_000);

/** No value stands in a file of the data directory, or in what the apps said. */
async function expectNoTrace(running: Stack, texts: readonly string[]): Promise<void> {
  const seen = [...texts, JSON.stringify(running.api.log), JSON.stringify(running.orchestrator.log)];
  for (const entry of await readdir(running.dataDir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) seen.push(await readFile(join(entry.parentPath, entry.name), "latin1"));
  }
  for (const text of seen) for (const value of [token, ofProject]) expect(text).not.toContain(value);
}
