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

test.each([
  ["pending", "pending"],
  ["on_hold", "pending"],
  ["queued", "pending"],
  ["running", "pending"],
  ["success", "success"],
  ["failure", "failure"],
  ["error", "error"],
] as const)("on GitHub %s is %s (R-GH-1)", (status, state) => {
  expect(commitState(status)).toBe(state);
});

test("a whole that goes on is red as soon as a part of it has failed, and says so", () => {
  expect(commitState("running", ["failure", "running"])).toBe("failure");
  expect(commitState("on_hold", ["error", "on_hold"])).toBe("failure");
  expect(commitState("running", ["success", "canceled", "skipped", "running"])).toBe("pending");
  expect(commitState("success", ["success", "skipped"])).toBe("success");
  expect(statusDescription({ status: "running", failing: true, message: "test: exit code 1" })).toBe(
    "Failed, and the rest goes on: test: exit code 1",
  );
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

test("in CircleCI's naming two workflows write the same status for jobs of one name, and nothing is called as in 1.0 (R-GH-2, R-GH-4)", () => {
  const contexts = ["main", "nightly"].map((workflow) =>
    jobContext("circleci", { workflow, name: "test", kind: "build" }),
  );
  expect(contexts).toEqual(["ci/circleci: test", "ci/circleci: test"]);
});
