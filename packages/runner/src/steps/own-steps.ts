import type { OwnStepPlan } from "@fmg/core";

import { addSshKeys } from "./add-ssh-keys.ts";
import { checkout } from "./checkout.ts";
import type { OwnStep } from "./own-step.ts";
import { restoreCache } from "./restore-cache.ts";
import { saveCache } from "./save-cache.ts";
import { setUpRemoteDocker } from "./set-up-remote-docker.ts";
import { storeArtifacts } from "./store-artifacts.ts";
import { storeTestResults } from "./store-test-results.ts";
import { attachWorkspace, persistToWorkspace } from "./workspace.ts";

/** How the runner carries out each kind of step that is not a `run`. */
export function ownStep(index: number, plan: OwnStepPlan): OwnStep {
  switch (plan.kind) {
    case "checkout":
      return checkout(index, plan);
    case "setup-remote-docker":
      return setUpRemoteDocker(plan);
    case "save-cache":
      return saveCache(plan);
    case "restore-cache":
      return restoreCache(plan);
    case "persist-to-workspace":
      return persistToWorkspace(index, plan);
    case "attach-workspace":
      return attachWorkspace(plan);
    case "store-artifacts":
      return storeArtifacts(plan);
    case "store-test-results":
      return storeTestResults(index, plan);
    case "add-ssh-keys":
      return addSshKeys(plan);
    case "unsupported":
      // `unsupportedFeatures` refuses the plan before it comes here.
      throw new Error(`step ${index} is of the kind ${plan.kind}, which no runner does`);
  }
}
