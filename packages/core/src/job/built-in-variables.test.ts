import { expect, test } from "@jest/globals";

import type { TriggerEvent } from "../trigger/trigger-event.ts";
import { builtInVariables, type JobFacts } from "./built-in-variables.ts";

const sha = "a".repeat(40);
const baseSha = "b".repeat(40);

function variables(event: Partial<TriggerEvent>, over: Partial<JobFacts> = {}): Record<string, string> {
  const list = builtInVariables({
    repository: {
      id: 1,
      owner: "octo",
      name: "repo",
      cloneUrl: "https://git.test/octo/repo.git",
      url: "https://git.test/octo/repo",
      defaultBranch: "main",
      private: false,
    },
    event: {
      kind: "push",
      ref: { kind: "branch", name: "main" },
      sha,
      baseSha: null,
      commit: { subject: "A commit", body: "", authorLogin: null, authorName: null, url: null },
      sender: { login: "ada", id: 1 },
      ...event,
    },
    pipelineUuid: "p",
    workflowUuid: "w",
    workspaceUuid: "w",
    jobUuid: "j",
    jobName: "build",
    jobNumber: 7,
    previousJobNumber: undefined,
    jobUrl: "https://fmg.test/p/1",
    projectUuid: "project",
    nodeIndex: 0,
    nodeTotal: 1,
    workingDirectory: "~/project",
    ...over,
  });
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

test("a push to a branch tells what it is compared with, and the job before; a new branch or a tag has neither (R-ENV-1)", () => {
  expect(variables({ baseSha }, { previousJobNumber: 6 })).toMatchObject({
    CIRCLE_BRANCH: "main",
    CIRCLE_COMPARE_URL: `https://git.test/octo/repo/compare/${baseSha}...${sha}`,
    CIRCLE_BUILD_NUM: "7",
    CIRCLE_PREVIOUS_BUILD_NUM: "6",
  });
  const ofTag = variables({ ref: { kind: "tag", name: "v1" } });
  expect(ofTag).toMatchObject({ CIRCLE_TAG: "v1", CIRCLE_SHA1: sha });
  for (const name of ["CIRCLE_BRANCH", "CIRCLE_COMPARE_URL", "CIRCLE_PREVIOUS_BUILD_NUM", "CIRCLE_PR_NUMBER"])
    expect(ofTag).not.toHaveProperty(name);
});
