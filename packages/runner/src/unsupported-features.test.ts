import { describe, expect, test } from "@jest/globals";
import type { BuildJobPlan, JobPlan, PipelinePlan } from "@fmg/core";

import { aJobPlan, aRun, somewhere } from "../test/plans.ts";
import { unsupportedFeatures } from "./index.ts";

const told = (...jobs: JobPlan[]): string[] => {
  const plan: PipelinePlan = {
    setup: false,
    workflows: [{ name: "main", jobs, range: somewhere, maxAutoReruns: 0 }],
  };
  return unsupportedFeatures(plan).map(({ message }) => message);
};

describe("a plan for this runner", () => {
  test("may have run steps, checkouts, background steps, services, parallelism and holds", () => {
    const job = aJobPlan("image", [aRun("true", { background: true })], { parallelism: 3, services: [{}] });
    const hold: JobPlan = { ...base(job), kind: "approval" };

    expect(told(job, hold)).toEqual([]);
  });

  test("is refused for what it cannot do yet, with the place", () => {
    const step = { name: "step", when: "on_success", range: somewhere } as const;
    const template = { text: "k", parts: [] };
    const job = aJobPlan("image", [
      { ...step, kind: "save-cache", key: template, paths: [] },
      { ...step, kind: "attach-workspace", at: "." },
      { ...step, kind: "store-artifacts", path: "." },
      { ...step, kind: "store-test-results", path: "." },
      { ...step, kind: "setup-remote-docker", dockerLayerCaching: false },
      { ...step, kind: "add-ssh-keys", fingerprints: [] },
      aRun("true", { maxAutoReruns: 2 }),
    ]);

    expect(told(job)).toEqual([
      "FMG does not support caches yet",
      "FMG does not support workspaces yet",
      "FMG does not support store_artifacts yet",
      "FMG does not support store_test_results yet",
      "FMG does not support setup_remote_docker yet",
      "FMG does not support add_ssh_keys yet",
      "FMG does not support max_auto_reruns yet",
    ]);
  });

  test("is refused for executors that are no containers", () => {
    const machine = { kind: "machine", dockerLayerCaching: false, range: somewhere } as const;

    expect(told(aJobPlan("x", [], { executor: machine }))).toEqual([
      "FMG does not support the machine executor yet",
    ]);
  });

  test("is told one place once, and nothing of a job that is left out", () => {
    const job = aJobPlan("image", [aRun("true", { maxAutoReruns: 2 })]);
    const leftOut = { reason: "filtered_out", message: "no", rule: "R-FLT-1", range: somewhere } as const;

    expect(told(job, { ...job, name: "again" })).toHaveLength(1);
    expect(told({ ...job, leftOut })).toEqual([]);
  });
});

function base({ name, definition, requires, contexts, range }: BuildJobPlan) {
  return { name, definition, requires, contexts, range };
}
