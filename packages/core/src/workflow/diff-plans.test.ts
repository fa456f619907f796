import { expect, test } from "@jest/globals";
import { aJob, aRunStep } from "../testing/builders.ts";
import { diffPlans, variableNames } from "./diff-plans.ts";

test("two plans of a job differ in what they do, and not in where that stands", () => {
  const range = { ...aJob("x").range, start: { line: 9, column: 1 } };
  const before = aJob("test", { steps: [aRunStep("npm ci"), aRunStep("npm test")] });
  const after = aJob("test", { range, parallelism: 2, steps: [aRunStep("npm ci", { range })] });
  const changes = diffPlans(before, after);
  expect(changes).toContainEqual({ path: "parallelism", before: "1", after: "2" });
  expect(changes).toContainEqual({ path: "steps[1].command", before: "npm test", after: undefined });
  expect(changes.filter(({ path }) => path.includes("range") || path.startsWith("steps[0]"))).toEqual([]);
  expect(diffPlans(before, aJob("test", { range, steps: before.steps }))).toEqual([]);
});

test("the names of variables are those of the job and of its steps, without their values", () => {
  const steps = [aRunStep("x", { environment: [{ name: "STEP", value: "1" }] })];
  const plan = aJob("test", { environment: [{ name: "JOB", value: "2" }], steps, contexts: ["deploy"] });
  expect(variableNames(plan)).toEqual({ variables: new Set(["JOB", "STEP"]), contexts: new Set(["deploy"]) });
});
