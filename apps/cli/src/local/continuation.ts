import { createHash, randomBytes } from "node:crypto";
import { judgeContinuation, Secret, type Diagnostic, type ParameterValue } from "@fmg/core";
import type { Continuation, ContinuationAnswer, ContinuationRequest } from "@fmg/runner";
import type { AttemptRecord, RunRecord, WorkflowRecord } from "./board.ts";
import type { SelectedWorkflow } from "./select-jobs.ts";

/** What comes of the config that a setup job gives. */
export type Continued =
  | { readonly kind: "compiled"; readonly workflows: readonly SelectedWorkflow[] }
  | { readonly kind: "rejected"; readonly diagnostics: readonly Diagnostic[] };

/** How a config with `setup: true` goes on. */
export interface SetupPlan {
  /** Parameters that the trigger gave another value than the config's default. */
  readonly overriding: readonly string[];
  compile(configuration: string, parameters: Readonly<Record<string, ParameterValue>>): Promise<Continued>;
}

/** The attempt that may ask. */
interface Asking {
  readonly workflow: Pick<WorkflowRecord, "plan">;
  readonly attempt: Pick<AttemptRecord, "status">;
}

/** The continuation of one run. */
export interface RunContinuation {
  /** For an attempt of the setup workflow; a job of what it gave cannot continue once more. (R-DYN-4) */
  of(asking: Asking): Continuation | undefined;
  /** What was accepted since it was asked last; waits for its compilation. */
  next(): Promise<Continued | undefined>;
}

/** Lets the jobs that a setup config starts with continue the run, by the decisions of a server. (R-DYN-2, R-DYN-4) */
export function openContinuation(run: RunRecord, setup: SetupPlan | undefined): RunContinuation {
  const key = new Secret(randomBytes(32).toString("base64url"));
  let acceptedDigest: string | null = null;
  let coming: Promise<Continued> | undefined;

  function accept(plan: SetupPlan, { attempt }: Asking, request: ContinuationRequest): ContinuationAnswer {
    const { configuration, parameters } = request;
    const digest = createHash("sha256")
      .update(JSON.stringify([configuration, parameters]))
      .digest("hex");
    const verdict = judgeContinuation(
      {
        createdAt: run.startedAt,
        isCanceled: run.cancellation !== null,
        isAskedByRunningJob: attempt.status === "running",
        acceptedDigest,
        overriding: plan.overriding,
      },
      { digest, parameters },
      Date.now(),
    );
    if (verdict.kind === "refused") return verdict;
    if (verdict.kind === "accepted") {
      acceptedDigest = digest;
      coming = plan.compile(configuration, parameters);
      // Whoever asks for it hears of a failure.
      coming.catch(() => undefined);
    }
    return { status: 200, message: "ok" };
  }

  return {
    of(asking) {
      if (setup === undefined || asking.workflow.plan.setup !== true) return undefined;
      return { key, accept: async (request) => accept(setup, asking, request) };
    },
    next() {
      const asked = coming;
      coming = undefined;
      return Promise.resolve(asked);
    },
  };
}
