import { removeOwn } from "@fmg/runner";
import type { Services } from "../services.ts";
import { leaks } from "../sweep/sweep-containers.ts";
import type { Disagreement } from "./disagreement.ts";

/** Containers and volumes of ours whose attempts are over. Containers come first: a volume in use is not removed. */
export async function dockerFindings(services: Services): Promise<readonly Disagreement[]> {
  const left = await leaks(services);
  return left
    .toSorted((one, other) => one.kind.localeCompare(other.kind))
    .map((resource) => ({
      area: "docker",
      what: `the ${resource.kind} ${resource.name} is left of attempt ${resource.attemptId}, which is over`,
      cause: "It could not be removed when its attempt ended, or another database knew it.",
      next: "fmg doctor --fix removes it; left alone, that happens within 20 s.",
      mend: () => removeOwn(services.engine, resource),
    }));
}
