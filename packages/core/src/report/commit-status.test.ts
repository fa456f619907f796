import { expect, test } from "@jest/globals";
import { commitState, jobContext, statusDescription, workflowContext } from "./commit-status.ts";

test("a config error's description starts with its place and fits GitHub's 140 characters", () => {
  const range = {
    file: ".circleci/config.yml",
    start: { line: 12, column: 7 },
    end: { line: 12, column: 9 },
  };
  const description = statusDescription({
    status: "error",
    diagnostics: [{ code: "unknown-key", severity: "error", message: "x".repeat(300), range }],
  });
  expect(description).toMatch(/^\.circleci\/config\.yml:12:7 x+…$/u);
  expect(Array.from(description)).toHaveLength(140);
});

test("what was skipped or is blocked writes no status", () => {
  expect(commitState("skipped")).toBeUndefined();
  expect(commitState("blocked")).toBeUndefined();
  expect(commitState("canceled")).toBe("error");
});

test("contexts follow the setting (R-GH-3)", () => {
  const job = { workflow: "main", name: "test", kind: "build" };
  expect(jobContext("fmg", job)).toBe("fmg: main/test");
  expect(jobContext("circleci", job)).toBe("ci/circleci: test");
  expect(jobContext("circleci", { ...job, kind: "approval" })).toBe("ci/circleci: main/test");
  expect(workflowContext("circleci", "main")).toBeUndefined();
});
