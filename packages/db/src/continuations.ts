import { createHash } from "node:crypto";
import {
  judgeContinuation,
  type ContinuationVerdict,
  type Diagnostic,
  type Instant,
  type ParameterValue,
  type PipelineId,
  type PipelinePlan,
  type Reason,
  type WorkflowId,
} from "@fmg/core";
import { getAttempt } from "./attempts.ts";
import { eq, sql } from "./drizzle.ts";
import type { Db } from "./open-db.ts";
import { getPipeline } from "./pipelines.ts";
import { putDiagnostics, storeWorkflows } from "./plans.ts";
import { continuations, type ContinuationRejection } from "./schema.ts";
import { prepared, statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";

/*
 * The second config of a dynamic pipeline. Its row is made with the setup config's plan; a request of a setup job is written
 * into it, and is due from then on until its workflows, or the reason why there are none, are stored. (ADR 17)
 */

type Arguments = Readonly<Record<string, ParameterValue>>;

export interface ContinuationRow {
  readonly pipelineId: PipelineId;
  /** What the trigger gave, and which of it is not the setup config's default. */
  readonly triggerArguments: Arguments;
  readonly overriding: readonly string[];
  /** Null: nobody has continued it; then there is no text. */
  readonly acceptedAt: Instant | null;
  readonly digest: string | null;
  readonly configuration: string | null;
  readonly parameters: Arguments | null;
  readonly compiledAt: Instant | null;
  /** Why its config could not be run. */
  readonly rejection: ContinuationRejection | null;
}

const byPipeline = prepared((orm) =>
  orm
    .select({
      pipelineId: continuations.pipelineId,
      triggerArguments: continuations.triggerArguments,
      overriding: continuations.overriding,
      acceptedAt: continuations.acceptedAt,
      digest: continuations.digest,
      configuration: continuations.configuration,
      parameters: continuations.parameters,
      compiledAt: continuations.compiledAt,
      rejection: continuations.rejection,
    })
    .from(continuations)
    .where(eq(continuations.pipelineId, sql.placeholder("pipelineId")))
    .prepare(),
);

/** Undefined: the pipeline has no setup config. */
export function getContinuation(db: Db, pipelineId: number): ContinuationRow | undefined {
  return byPipeline(db).get({ pipelineId });
}

/** Whether a pipeline was continued and what it goes on with is not stored yet: until then it has not ended. */
export function isContinuationDue({ acceptedAt, compiledAt }: ContinuationRow): boolean {
  return acceptedAt !== null && compiledAt === null;
}

const insert = statement(
  `insert into continuations (pipeline_id, trigger_arguments, overriding) values (:pipelineId, :triggerArguments, :overriding)
   on conflict (pipeline_id) do update set trigger_arguments = :triggerArguments, overriding = :overriding`,
);

/** Says that a pipeline has a setup config. Call it in the transaction that stores its plan. */
export function openContinuation(
  db: Db,
  pipelineId: number,
  { triggerArguments, overriding }: Pick<ContinuationRow, "triggerArguments" | "overriding">,
): void {
  insert(db).run({
    pipelineId,
    triggerArguments: JSON.stringify(triggerArguments),
    overriding: JSON.stringify(overriding),
  });
}

const accept = statement(
  `update continuations
   set accepted_at = :now, digest = :digest, configuration = :configuration, parameters = :parameters
   where pipeline_id = :pipelineId and accepted_at is null`,
);

/** A request of an attempt, whose owner has the lease of that epoch. */
export interface ContinuationAsked {
  readonly pipelineId: number;
  readonly attemptId: number;
  readonly epoch: number;
  readonly configuration: string;
  readonly parameters: Arguments;
}

/**
 * Stores what a pipeline is to go on with, or says why not; of two requests at once one is the second. `stale`: somebody else
 * carries the attempt out by now. (R-DYN-4, R-DYN-5, R-DYN-12)
 */
export function acceptContinuation(
  db: Db,
  { pipelineId, attemptId, epoch, configuration, parameters }: ContinuationAsked,
  now: Instant,
): ContinuationVerdict | "stale" {
  return inTransaction(db, () => {
    const pipeline = getPipeline(db, pipelineId);
    const row = getContinuation(db, pipelineId);
    const attempt = getAttempt(db, attemptId);
    if (pipeline === undefined || row === undefined || attempt === undefined) {
      throw new Error(`pipeline ${pipelineId} has no setup config`);
    }
    if (attempt.epoch !== epoch) return "stale";
    const digest = digestOf(configuration, parameters);
    const verdict = judgeContinuation(
      {
        createdAt: pipeline.createdAt,
        isCanceled: pipeline.cancellation !== null,
        isAskedByRunningJob: attempt.status === "running" && attempt.cancelRequestedAt === null,
        acceptedDigest: row.digest,
        overriding: row.overriding,
      },
      { digest, parameters },
      now,
    );
    if (verdict.kind === "accepted") {
      accept(db).run({ pipelineId, now, digest, configuration, parameters: JSON.stringify(parameters) });
    }
    return verdict;
  });
}

/** The same for the same request, in whichever order its parameters stand. */
function digestOf(configuration: string, parameters: Arguments): string {
  const sorted = Object.entries(parameters).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([configuration, sorted]))
    .digest("hex");
}

const settle = statement(
  `update continuations set compiled_at = :now, rejection = :rejection
   where pipeline_id = :pipelineId and accepted_at is not null and compiled_at is null`,
);

/** What became of an accepted continuation; `canceled`: the pipeline is to stop. */
export type ContinuationResult =
  | { readonly kind: "compiled"; readonly plan: PipelinePlan; readonly warnings: readonly Diagnostic[] }
  | {
      readonly kind: "rejected";
      readonly reason: Reason;
      readonly message: string;
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly kind: "canceled"; readonly reason: Reason; readonly message: string };

/** Stores it; returns the new workflows, or undefined when another was first. */
export function storeContinuation(
  db: Db,
  pipelineId: number,
  result: ContinuationResult,
  now: Instant,
): readonly WorkflowId[] | undefined {
  return inTransaction(db, () => {
    const pipeline = getPipeline(db, pipelineId);
    if (pipeline === undefined) throw new Error(`there is no pipeline ${pipelineId}`);
    const why = rejectionOf(result);
    const rejection = why === null ? null : JSON.stringify(why);
    if (settle(db).run({ pipelineId, now, rejection }).changes === 0) return undefined;
    if (result.kind === "canceled") return [];
    const found = result.kind === "rejected" ? result.diagnostics : result.warnings;
    putDiagnostics(db).run({
      id: pipelineId,
      diagnostics: JSON.stringify([...pipeline.diagnostics, ...found]),
    });
    return result.kind === "rejected" ? [] : storeWorkflows(db, pipeline, result.plan, { now });
  });
}

function rejectionOf(result: ContinuationResult): ContinuationRejection | null {
  if (result.kind === "compiled") return null;
  const { reason, message } = result;
  return { status: result.kind === "canceled" ? "canceled" : "error", reason, message };
}
