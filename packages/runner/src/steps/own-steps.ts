import type { OwnStepPlan } from "@fmg/core";

import { checkout } from "./checkout.ts";
import type { OwnStep } from "./own-step.ts";
import { setUpRemoteDocker } from "./set-up-remote-docker.ts";

/** How the runner carries out each kind of step that is not a `run`. */
export function ownStep(index: number, plan: OwnStepPlan): OwnStep {
  switch (plan.kind) {
    case "checkout":
      return checkout(index, plan);
    case "setup-remote-docker":
      return setUpRemoteDocker(plan);
    case "save-cache":
    case "restore-cache":
    case "persist-to-workspace":
    case "attach-workspace":
    case "store-artifacts":
    case "store-test-results":
    case "add-ssh-keys":
    case "unsupported":
      // `unsupportedFeatures` refuses the plan before it comes here.
      throw new Error(`step ${index} is of the kind ${plan.kind}, which no runner does`);
  }
}
