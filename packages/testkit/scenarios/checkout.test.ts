import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildProgramImage } from "../src/images/program-image.ts";
import { startStack, type Stack } from "../src/stack.ts";

const gitImage = "fmg-test/git:local";
const config = `version: 2.1
jobs:
  build:
    docker:
      - image: ${gitImage}
    steps:
      - checkout: {method: shallow, depth: 2}
      - run: &look
          name: shallow
          command: |
            git config --global --add safe.directory '*'
            git status --porcelain --branch; git log --format=%s; git describe; git remote -v | head -n 1
            grep -rE "$SECRET|x-access-token|extraheader" .git || echo no token
            stat -c %a tool.sh; readlink link
      - checkout: {method: full, path: whole}
      - run: {<<: *look, name: full, working_directory: whole}
      - checkout: {path: usual}
      - run: {name: usual, working_directory: usual, command: git log --format=%s; git status --porcelain}
      - run: {name: variables, command: env | grep -E '^(CI|CIRCLE|BASH_ENV|HOME|PATH)' | sort}
`;

let stack: Stack;
let image: { remove(): Promise<void> };
beforeAll(async () => {
  stack = await startStack({ repositories: "private", env: { FMG_CHECKOUT_DEPTH: "3" } });
  image = await buildProgramImage({ name: gitImage, base: "bash", programs: { "/bin/git": "git" } });
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await image.remove();
}, 60_000);

test("a checkout is a repository to work with, as deep as the step or the operator says, without a token (R-CO-3, R-CO-5, R-ENV-1)", async () => {
  const withToken = config.replace("$SECRET", stack.githubToken.slice(4));
  for (const message of ["one", "two"])
    await stack.git.commit("octo/deep", { files: { [message]: message }, message });
  const tagged = { message: "three", tag: { annotated: "v3" } };
  await stack.git.commit("octo/deep", { files: { three: "3" }, ...tagged });
  const { pipelineId, sha } = await stack.push("octo/deep", {
    files: {
      ".circleci/config.yml": withToken,
      "tool.sh": { content: "#!/bin/sh\n", mode: "100755" },
      link: { content: "three", mode: "120000" },
    },
    message: "four",
  });
  await stack.waitForPipeline(pipelineId, "success", 90_000);

  const log = await stack.jobLog(pipelineId, "build");

  const url = stack.git.cloneUrl("octo/deep");
  const seen = (subjects: string): string =>
    `## main...origin/main\n${subjects}v3-1-g${sha.slice(0, 7)}\norigin\t${url} (fetch)\nno token\n755\nthree\n`;
  expect(log).toContain(seen("four\nthree\n"));
  expect(log).toContain(seen("four\nthree\ntwo\none\n"));
  expect(log).toMatch(/four\nthree\ntwo\n(?!one)/);
  const variables = Object.fromEntries(
    log
      .split("\n")
      .flatMap((line) => [/^([A-Z_0-9]+)=(.*)$/.exec(line)?.slice(1)].filter((pair) => pair !== undefined)),
  ) as Record<string, string>;
  const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);
  expect(variables).toMatchObject({
    CI: "true",
    CIRCLECI: "true",
    CIRCLE_BRANCH: "main",
    CIRCLE_SHA1: sha,
    CIRCLE_BUILD_NUM: expect.stringMatching(/^\d+$/),
    CIRCLE_BUILD_URL: `http://fmg.test/p/${pipelineId}`,
    CIRCLE_JOB: "build",
    CIRCLE_NODE_INDEX: "0",
    CIRCLE_NODE_TOTAL: "1",
    CIRCLE_PIPELINE_ID: uuid,
    CIRCLE_WORKFLOW_ID: uuid,
    CIRCLE_WORKFLOW_JOB_ID: uuid,
    CIRCLE_WORKFLOW_WORKSPACE_ID: uuid,
    CIRCLE_PROJECT_ID: uuid,
    CIRCLE_ORGANIZATION_ID: uuid,
    CIRCLE_WORKING_DIRECTORY: "~/project",
    CIRCLE_PROJECT_REPONAME: "deep",
    CIRCLE_PROJECT_USERNAME: "octo",
    CIRCLE_REPOSITORY_URL: url,
    CIRCLE_USERNAME: expect.any(String),
    CIRCLE_INTERNAL_TASK_DATA: expect.stringMatching(/^\//),
    BASH_ENV: expect.stringMatching(/^\//),
    HOME: expect.stringMatching(/^\//),
    PATH: expect.any(String),
  });
  expect(variables).not.toHaveProperty("CIRCLE_TAG");
  expect(variables).not.toHaveProperty("CIRCLE_PR_NUMBER");
}, 120_000);
