import type { Reason } from "../status.ts";
import type { JobOutcome } from "./job-event.ts";

/** What befalls a host and not a job; a pull has tries of its own, and a config that names no image none that help. */
const ofTheHost: ReadonlySet<Reason | undefined> = new Set<Reason>(["docker_unavailable", "runner_lost"]);

/**
 * Whether an attempt that has ended is made once more by itself: the host failed it before any step of the author's had begun,
 * and it is the first one. Once a step has begun, to repeat it in silence could do a thing twice. (R-JST-2)
 */
export function isMadeOnceMore(
  { number }: { readonly number: number },
  outcome: JobOutcome,
  steps: readonly { readonly index: number; readonly kind: string; readonly startedAt: number | null }[],
): boolean {
  const isOfTheHost = outcome.status === "error" && ofTheHost.has(outcome.reason);
  const hasBegun = steps.some(
    ({ index, kind, startedAt }) => index > 0 && kind !== "service" && startedAt !== null,
  );
  return isOfTheHost && number === 1 && !hasBegun;
}

/** Of attempts by node and by number: those that count, the last one of each node. */
export function newestOfNodes<A extends { readonly nodeIndex: number }>(
  attempts: readonly A[],
): readonly A[] {
  return attempts.filter(({ nodeIndex }, at) => attempts[at + 1]?.nodeIndex !== nodeIndex);
}
