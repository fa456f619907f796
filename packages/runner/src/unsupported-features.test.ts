import { describe, expect, test } from "@jest/globals";
import type { BuildJobPlan, JobPlan, PipelinePlan } from "@fmg/core";

import { aJobPlan, aRun, somewhere } from "../test/plans.ts";
import { withMachineImage } from "./host-offers.ts";
import { unsupportedFeatures, type HostOffers } from "./index.ts";

const told = (...jobs: JobPlan[]): string[] => toldOn({ machineImages: new Map() }, ...jobs);

const toldOn = (offers: HostOffers, ...jobs: JobPlan[]): string[] => {
  const plan: PipelinePlan = {
    setup: false,
    workflows: [{ name: "main", jobs, range: somewhere, maxAutoReruns: 0 }],
  };
  return unsupportedFeatures(plan, offers).map(({ message }) => message);
};

const setUpDocker = {
  name: "docker",
  when: "on_success",
  range: somewhere,
  kind: "setup-remote-docker",
  dockerLayerCaching: false,
} as const;

describe("a plan for this runner", () => {
  test("may have run steps, checkouts, background steps, services, parallelism and holds", () => {
    const job = aJobPlan("image", [aRun("true", { background: true })], { parallelism: 3, services: [{}] });
    const hold: JobPlan = { ...base(job), kind: "approval" };

    expect(told(job, hold)).toEqual([]);
  });

  test("is refused for what it cannot do yet, with the place", () => {
    const step = { name: "step", when: "on_success", range: somewhere } as const;
    const job = aJobPlan("image", [
      setUpDocker,
      { ...step, kind: "unsupported", type: "signing" },
      { ...step, kind: "add-ssh-keys", fingerprints: [] },
      aRun("true", { maxAutoReruns: 2 }),
    ]);

    expect(told(job)).toEqual([
      "no Docker is offered here for setup_remote_docker",
      "FMG does not support signing yet",
    ]);
  });

  test.each([
    ["aws", "the username AWS and, in a secret, a password of `aws ecr get-login-password`"],
    ["gcp", "the username _json_key and, in a secret, the JSON key of a service account"],
  ] as const)("is refused for %s_auth of an image, and says what to use instead", (kind, hint) => {
    const job = aJobPlan("image", [aRun("true")], { services: [{ auth: { kind, values: [] } }] });
    const plan: PipelinePlan = {
      setup: false,
      workflows: [{ name: "main", jobs: [job], range: somewhere, maxAutoReruns: 0 }],
    };

    const [found] = unsupportedFeatures(plan, { machineImages: new Map() });

    expect(found).toMatchObject({
      code: "not-supported-yet",
      message: `FMG does not support ${kind}_auth yet`,
      hint: expect.stringContaining(hint),
      range: somewhere,
    });
  });

  test("may have a machine where the operator named an image for it, else is refused (R-MCH-2, R-SRD-1)", () => {
    const machine = (image?: string) =>
      aJobPlan("x", [setUpDocker], {
        executor: {
          kind: "machine",
          dockerLayerCaching: false,
          range: somewhere,
          ...(image === undefined ? {} : { image }),
        },
      });
    const one = { machineImages: new Map([["ubuntu-2404:current", "ours:1"]]) };
    const all = { machineImages: new Map([...one.machineImages, ["default", "plain:1"]]) };
    const imageOf = (job: BuildJobPlan) => withMachineImage(job, all).plan.executor;

    expect(toldOn(one, machine(), machine("ubuntu-2404:current"))).toEqual([
      "no image stands in here for the machine executor",
    ]);
    expect(toldOn(one, machine("other"))).toEqual(["no image stands in here for the machine other"]);
    expect(toldOn(all, machine(), machine("other"))).toEqual([]);
    expect(imageOf(machine())).toMatchObject({ kind: "docker", images: [{ image: "plain:1" }] });
    expect(imageOf(machine("ubuntu-2404:current"))).toMatchObject({ images: [{ image: "ours:1" }] });
  });

  test("is refused for macOS (R-MAC-1)", () => {
    const executor = { kind: "macos", xcode: "16", range: somewhere } as const;

    expect(told(aJobPlan("x", [], { executor }))).toEqual(["FMG does not support the macOS executor yet"]);
  });

  test("is told one place once, and nothing of a job that is left out", () => {
    const step = { name: "step", when: "on_success", range: somewhere } as const;
    const job = aJobPlan("image", [{ ...step, kind: "unsupported", type: "signing" }]);
    const leftOut = { reason: "filtered_out", message: "no", rule: "R-FLT-1", range: somewhere } as const;

    expect(told(job, { ...job, name: "again" })).toHaveLength(1);
    expect(told({ ...job, leftOut })).toEqual([]);
  });
});

function base({ name, definition, requires, contexts, range }: BuildJobPlan) {
  return { name, definition, requires, contexts, range };
}
