import { expect, test } from "@jest/globals";
import type { Status } from "../status.ts";
import { isFailing, rollUp, workflowStatus } from "./roll-up.ts";

test.each<[Status[], Status | undefined]>([
  [["success", "skipped"], "success"],
  [["success", "failure", "skipped"], "failure"],
  [["failure", "error", "canceled"], "error"],
  [["failure", "canceled"], "failure"],
  [["success", "canceled"], "canceled"],
  [["skipped", "skipped"], "skipped"],
  [[], "skipped"],
  [["success", "running"], undefined],
  [["blocked", "failure"], undefined],
])("%j rolls up to %s (R-WST-1)", (parts, outcome) => {
  expect(rollUp(parts)).toBe(outcome);
});

test("a workflow is on hold only when nothing but approvals is left to act on", () => {
  expect(workflowStatus(["success", "on_hold", "blocked"])).toBe("on_hold");
  expect(workflowStatus(["running", "on_hold"])).toBe("running");
});

test("a workflow with a failed job is failing while the rest goes on", () => {
  expect(isFailing(["failure", "running"])).toBe(true);
  expect(isFailing(["success", "running"])).toBe(false);
});
