import { expect, test } from "@jest/globals";
import type { Status } from "../status.ts";
import type { JobState } from "./ready-jobs.ts";
import { isFailing, rollUp, workflowStatus } from "./roll-up.ts";

const states = (...statuses: Status[]): JobState[] => statuses.map((status) => ({ status }));

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
  expect(workflowStatus(states("success", "on_hold", "blocked"))).toBe("on_hold");
  expect(workflowStatus(states("running", "on_hold"))).toBe("running");
});

test("a workflow is queued when it waits for nothing but serial groups, whatever is on hold beside them", () => {
  const waiting: JobState = { status: "queued", reason: "serial_group" };
  expect(workflowStatus([...states("success", "blocked", "on_hold"), waiting])).toBe("queued");
  expect(workflowStatus([...states("queued"), waiting])).toBe("running");
  expect(workflowStatus([{ status: "queued", reason: "at_limit" }])).toBe("running");
});

test("a workflow with a failed job is failing while the rest goes on", () => {
  expect(isFailing(["failure", "running"])).toBe(true);
  expect(isFailing(["success", "running"])).toBe(false);
});
