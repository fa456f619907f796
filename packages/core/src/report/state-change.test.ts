import { expect, test } from "@jest/globals";
import { stateChange } from "./state-change.ts";

test.each([
  ["failure", undefined, "broken"],
  ["failure", "success", "broken"],
  ["error", "success", "broken"],
  ["success", "failure", "fixed"],
  ["success", "error", "fixed"],
  ["success", undefined, undefined],
  ["success", "success", undefined],
  ["failure", "failure", undefined],
  ["error", "failure", undefined],
  ["canceled", "success", undefined],
  ["skipped", "failure", undefined],
] as const)("a workflow that ended %s after %s is %s", (outcome, before, change) => {
  expect(stateChange(outcome, before)).toBe(change);
});
