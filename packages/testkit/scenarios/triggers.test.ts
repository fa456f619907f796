import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { awaitState } from "../src/await-state.ts";
import { startStack, type Stack } from "../src/stack.ts";

const image = "fmg-test/busybox:local";
const config = `version: 2.1
parameters:
  deploy: {type: boolean, default: false}
  level: {type: integer, default: 1}
  name: {type: string, default: nobody}
jobs:
  say:
    docker: [{image: "${image}"}]
    steps:
      - run: echo "deploy << pipeline.parameters.deploy >> level << pipeline.parameters.level >> for << pipeline.parameters.name >> by << pipeline.trigger_source >>"
workflows:
  pushed: {unless: << pipeline.parameters.deploy >>, jobs: [say: {filters: {tags: {only: /v.*/}}}]}
  deploy: {when: << pipeline.parameters.deploy >>, jobs: [say: {filters: {tags: {only: /v.*/}}}]}
`;

let stack: Stack;
let sha: string;

beforeAll(async () => {
  stack = await startStack({ repositories: "private" });
  const pushed = await stack.push("octo/asked", { files: { ".circleci/config.yml": config }, tag: "v1" });
  sha = pushed.sha;
  await stack.waitForPipeline(pushed.pipelineId, "success");
}, 120_000);
afterAll(() => stack.stop(), 60_000);

const params = { owner: "octo", name: "asked" };

test("a pipeline is started by hand with typed parameters, of a branch or a tag, also where the commit says skip (R-PARAM-3, R-SKIP-3)", async () => {
  const files = { ".circleci/config.yml": config };
  const head = await stack.git.commit("octo/asked", { files, message: "Docs [skip ci]" });
  stack.github.addCommit("octo/asked", head);
  const [typed, texts] = await Promise.all([
    stack.client.triggerPipeline({ params, body: { parameters: { deploy: true, level: 3 } } }),
    stack.client.triggerPipeline({
      params,
      body: { tag: "v1", textParameters: { deploy: "true", level: "7", name: "12" } },
    }),
  ]);
  await Promise.all([typed, texts].map(({ id }) => stack.waitForPipeline(id, "success")));

  expect(await stack.client.getPipeline({ params: { id: typed.id } })).toMatchObject({
    branch: "main",
    sha: head,
    commit: { subject: "Docs [skip ci]" },
  });
  expect(texts).toMatchObject({ tag: "v1", sha });
  expect(await stack.jobLog(typed.id, "say")).toContain("deploy true level 3 for nobody by api");
  expect(await stack.jobLog(texts.id, "say")).toContain("deploy true level 7 for 12 by api");
}, 90_000);

test("a commit that somebody names runs where it is on the branch, and one of another branch does not (SEC-7)", async () => {
  const files = { ".circleci/config.yml": config };
  const other = await stack.git.commit("octo/asked", { files, branch: "other", message: "Elsewhere" });
  const wrong = stack.client.triggerPipeline({ params, body: { branch: "main", sha: other } });
  await expect(wrong).rejects.toThrow(`Commit ${other} is not on branch "main"`);

  const newer = await stack.git.commit("octo/asked", { files, message: "Newer than what is asked for" });
  stack.github.addCommit("octo/asked", newer);
  const { id } = await stack.client.triggerPipeline({ params, body: { branch: "main", sha } });
  await stack.waitForPipeline(id, "success");
  expect(await stack.client.getPipeline({ params: { id } })).toMatchObject({ branch: "main", sha });
}, 90_000);

test("parameters that the config does not declare, or of another type, are told at their place (R-PARAM-3, R-PARAM-13)", async () => {
  const parameters = { deploy: "true", nmae: "x" };
  const { id } = await stack.client.triggerPipeline({ params, body: { parameters } });
  const { diagnostics } = await stack.waitForPipeline(id, "error");

  const told = diagnostics.map(({ message, hint, range }) => [range.start.line, message, hint ?? ""]);
  expect(told).toEqual([
    [2, "Unexpected argument(s): nmae", expect.stringContaining("name")],
    [
      3,
      'Type error for argument deploy: expected type: boolean, actual value: "true" (type string)',
      expect.anything(),
    ],
  ]);
}, 60_000);

const scheduled = `version: 2.1
jobs:
  say: {docker: [{image: "${image}"}], steps: [run: "echo by << pipeline.trigger.type >> << pipeline.schedule.name >>"]}
workflows:
  pushed: {jobs: [say]}
  often:
    jobs: [say]
    triggers:
      - schedule: {cron: "* * * * *", filters: {branches: {only: main}}}
      - schedule: {cron: "0 0 1 1 *", filters: {branches: {only: other}}}
`;

test("a workflow with triggers runs at its time alone, on the branches of its filters, and a later config ends it (R-SCH-1, R-SCH-3, R-SCH-6)", async () => {
  const where = { params: { owner: "octo", name: "timed" } };
  const repository = "octo/timed";
  const pushed = await stack.push(repository, { files: { ".circleci/config.yml": scheduled } });
  await stack.waitForPipeline(pushed.pipelineId, "success");
  const schedules = await stack.client.listSchedules(where);
  const byPush = await stack.client.listWorkflows({ params: { id: pushed.pipelineId } });

  const pipeline = await awaitState({
    what: "a pipeline of the schedule",
    deadlineMs: 110_000,
    everyMs: 500,
    read: async () => (await stack.client.listPipelines({ query: { repo: repository, limit: 1 } })).items[0],
    judge: (newest) => (newest !== undefined && newest.id > pushed.pipelineId ? "reached" : "waiting"),
  });
  await stack.waitForPipeline(pipeline!.id, "success");
  const bySchedule = await stack.client.listWorkflows({ params: { id: pipeline!.id } });
  await stack.push(repository, { files: { ".circleci/config.yml": config } });
  const left = await awaitState({
    what: "the schedules to be gone",
    deadlineMs: 30_000,
    read: () => stack.client.listSchedules(where),
    judge: ({ items }) => (items.length === 0 ? "reached" : "waiting"),
  });

  expect(schedules.items).toMatchObject([{ workflow: "often", cron: "* * * * *", branch: "main" }]);
  expect(byPush.items.map(({ name, status }) => [name, status])).toEqual([
    ["pushed", "success"],
    ["often", "skipped"],
  ]);
  expect(bySchedule.items.map(({ name, status }) => [name, status])).toEqual([
    ["pushed", "skipped"],
    ["often", "success"],
  ]);
  expect(await stack.jobLog(pipeline!.id, "say")).toContain("by schedule often");
  expect(left.items).toEqual([]);
}, 180_000);
