import { expect, test } from "@jest/globals";

import { builtInVariables } from "../job/built-in-variables.ts";
import { pipelineValues } from "./pipeline-values.ts";
import type { TriggerEvent } from "./trigger-event.ts";

const repository = {
  id: 1,
  owner: "octo",
  name: "repo",
  cloneUrl: "https://github.test/octo/repo.git",
  url: "https://github.test/octo/repo",
  defaultBranch: "main",
  private: false,
};
const push: TriggerEvent = {
  kind: "push",
  ref: { kind: "branch", name: "main" },
  sha: "a".repeat(40),
  baseSha: null,
  commit: { subject: "A commit", body: "", authorLogin: "ada", authorName: "Ada", url: null },
  sender: { login: "ada", id: 7 },
};
const scheduled: TriggerEvent = {
  ...push,
  kind: "schedule",
  parameters: { level: 3 },
  schedule: { id: "s-1", name: "nightly" },
};

const valuesOf = (event: TriggerEvent) => {
  const facts = { uuid: "p-1", number: 5, repository, event, configPath: ".circleci/config.yml" };
  return Object.fromEntries(pipelineValues({ ...facts, receivedAt: "2024-06-01T12:00:00.000Z" }));
};

test.each([
  [push, { type: "github_app", source: "webhook", name: "push", after: push.sha, id: null }],
  [
    { ...push, kind: "api" as const },
    { type: "api", source: "api", name: "api", after: undefined, id: null },
  ],
  [
    scheduled,
    { type: "schedule", source: "scheduled_pipeline", name: "schedule", after: undefined, id: "s-1" },
  ],
])("pipeline values tell what started a pipeline: %j (R-SCH-5)", (event, expected) => {
  const values = valuesOf(event);
  expect({
    type: values["pipeline.trigger.type"],
    source: values["pipeline.trigger_source"],
    name: values["pipeline.event.name"],
    after: values["pipeline.event.github.after"],
    id: values["pipeline.schedule.id"],
  }).toEqual(expected);
});

test("no environment variable has a pipeline parameter or the schedule's name (R-PV-2)", () => {
  const variables = builtInVariables({
    repository,
    event: scheduled,
    pipelineUuid: "p-1",
    workflowUuid: "w-1",
    workspaceUuid: "w-1",
    jobUuid: "j-1",
    jobName: "build",
    jobNumber: 1,
    previousJobNumber: undefined,
    jobUrl: "http://fmg.test/p/1",
    projectUuid: "r-1",
    nodeIndex: 0,
    nodeTotal: 1,
    workingDirectory: "~/project",
  });
  const values = variables.map(({ value }) => value);
  expect(values).not.toContain("nightly");
  expect(variables.map(({ name }) => name.toLowerCase()).filter((name) => name.includes("level"))).toEqual(
    [],
  );
});
