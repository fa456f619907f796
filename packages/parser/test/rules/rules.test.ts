import { describe, expect, test } from "@jest/globals";
import { allCases } from "./all-cases.ts";
import { compileCase, firstBuildJob, plainData, runningJobs, type RuleCase } from "./rule-case.ts";

for (const [group, cases] of Object.entries(allCases)) {
  describe(group, () => {
    test.each(cases.map((rule) => [`${rule.rules.join(", ")}: ${rule.says}`, rule] as const))(
      "%s",
      (_, rule) => {
        verify(rule);
      },
    );
  });
}

function verify(rule: RuleCase): void {
  const result = compileCase(rule);
  const wanted = rule.expect;
  if (wanted.error !== undefined) {
    const messages = result.kind === "rejected" ? result.diagnostics.map((d) => d.message) : [result.kind];
    expect(messages).toContainEqual(expect.stringContaining(wanted.error));
    return;
  }
  const errors = result.kind === "rejected" ? result.diagnostics.map((d) => d.message) : [];
  expect(errors).toEqual([]);
  if (result.kind !== "compiled") throw new Error(`expected a compiled config, got ${result.kind}`);
  if (wanted.warning !== undefined) {
    const messages = result.warnings.map((d) => d.message);
    expect(messages).toContainEqual(expect.stringContaining(wanted.warning));
  }
  if (wanted.jobs !== undefined) expect(runningJobs(result).map((job) => job.name)).toEqual(wanted.jobs);
  if (wanted.leftOut !== undefined) {
    const names = result.plan.workflows.filter((workflow) => workflow.leftOut !== undefined);
    expect(names.map((workflow) => workflow.name)).toEqual(wanted.leftOut);
  }
  const job = firstBuildJob(result);
  if (wanted.steps !== undefined) expect(job?.steps.map((step) => step.kind)).toEqual(wanted.steps);
  if (wanted.commands !== undefined) {
    expect(job?.steps.flatMap((step) => (step.kind === "run" ? [step.command] : []))).toEqual(
      wanted.commands,
    );
  }
  if (wanted.job !== undefined) expect(job).toMatchObject(wanted.job);
  if (wanted.compiled !== undefined) expect(plainData(result.config.root)).toMatchObject(wanted.compiled);
  for (const [name, requires] of Object.entries(wanted.requires ?? {})) {
    const found = runningJobs(result).find((candidate) => candidate.name === name);
    expect(found?.requires.map((requirement) => requirement.job)).toEqual(requires);
  }
}
