import type { ParameterValue } from "../trigger/trigger-event.ts";
import type { Instant } from "../ids.ts";

const hourMs = 3_600_000;
/** Counted from the pipeline's creation. (R-DYN-4) */
const continuableForHours = 6;

/** A dynamic pipeline, as far as it decides whether it may be continued. */
export interface ContinuablePipeline {
  readonly createdAt: Instant;
  readonly isCanceled: boolean;
  /** Whether the job that asks runs, as one of the setup workflow. */
  readonly isAskedByRunningJob: boolean;
  /** Of the request that continued it; null: none did. */
  readonly acceptedDigest: string | null;
  /** Parameters that its trigger gave another value than the setup config's default. */
  readonly overriding: readonly string[];
}

/** A request to continue it; equal digests mean equal requests. */
export interface ContinuationWish {
  readonly digest: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

export type ContinuationVerdict =
  | { readonly kind: "accepted" | "repeated" }
  | { readonly kind: "refused"; readonly status: 400 | 410; readonly message: string };

/**
 * Whether a pipeline is continued: once, by a running job of its setup workflow, within six hours, with no parameter that the
 * trigger set already. The same request again is as good as the first: its client had no answer. (R-DYN-4, R-DYN-5, R-DYN-12)
 */
export function judgeContinuation(
  pipeline: ContinuablePipeline,
  wish: ContinuationWish,
  now: Instant,
): ContinuationVerdict {
  const gone = (message: string): ContinuationVerdict => ({ kind: "refused", status: 410, message });
  if (pipeline.acceptedDigest === wish.digest) return { kind: "repeated" };
  if (pipeline.acceptedDigest !== null)
    return gone("The pipeline was continued before: that can be done once.");
  if (pipeline.isCanceled) return gone("The pipeline is canceled.");
  if (!pipeline.isAskedByRunningJob) return gone("The job does not run any more.");
  if (now - pipeline.createdAt > continuableForHours * hourMs) {
    return gone(`The pipeline is older than ${continuableForHours} hours: it cannot be continued any more.`);
  }
  if (pipeline.overriding.some((name) => Object.hasOwn(wish.parameters, name))) {
    return { kind: "refused", status: 400, message: "Conflicting pipeline parameters." };
  }
  return { kind: "accepted" };
}
