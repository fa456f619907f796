import { builtInVariables, isMadeOnceMore, type BuildJobPlan, type JobOutcome } from "@fmg/core";
import {
  adoptAttempt,
  attemptContext,
  claimAttempt,
  createNextAttempt,
  finishAttempt,
  getAttempt,
  inTransaction,
  jobWithWorkflow,
  keepUntil,
  listSteps,
  moveJob,
  previousJobNumber,
  runningAttempts,
  setSteps,
  stepProgress,
  tellWaiting,
  type AttemptContext,
  type Place,
} from "@fmg/db";
import {
  classSize,
  isDeadOwner,
  jobOnHost,
  maskedStepHeaders,
  outcomeOfError,
  removeAttempt,
  runJob,
  type RunJobInput,
} from "@fmg/runner";
import { recordJobStatus } from "../report/record-statuses.ts";
import { releaseWaiting } from "../advance/release-attempts.ts";
import { nudge, publishStatus, type Services } from "../services.ts";
import { admit, type Refusal } from "./admission.ts";
import { continuationFor } from "./continuation.ts";
import type { AccessRefusal } from "./context-access.ts";
import { jobStores } from "./job-stores.ts";
import { noteGrant, openGrant, ownersFor, refuseAttempt, variablesOf } from "./job-variables.ts";
import { LEASE_TTL_MS, type Leases } from "./leases.ts";
import { tellPlaces } from "./line.ts";
import type { Scribe } from "./scribe.ts";
import { sourceOf } from "./source.ts";

/** What carrying out attempts needs beside the services. */
export interface Execution {
  readonly services: Services;
  readonly leases: Leases;
  readonly scribe: Scribe;
}

/**
 * Stops 7 and 8 of the walk: takes a queued attempt and carries it out; returns at once if it is not due any more, or if
 * the host has no room for it: then the end of another attempt hands it over again. Waits while adopted attempts take the
 * places that there are.
 */
export async function runAttempt(execution: Execution, attemptId: number): Promise<void> {
  const { services, leases } = execution;
  const { db, owner } = services;
  if (!(await leases.room())) return;
  const low = await services.disk.low();
  const claimed = inTransaction(db, () => {
    const attempt = getAttempt(db, attemptId);
    if (attempt?.status !== "queued" || attempt.cancelRequestedAt !== null) return undefined;
    const context = attemptContext(db, attemptId);
    const owners = ownersFor(services, context);
    if ("reason" in owners) return refuse(services, context, owners);
    if (low !== undefined) return keepWaiting(services, context, diskLow(low));
    const place = placeFor(services, context);
    if ("reason" in place) return keepWaiting(services, context, place);
    const grant = openGrant(services, context, owners);
    if ("reason" in grant) return refuse(services, context, grant);
    const claim = claimAttempt(db, attemptId, owner, services.now(), LEASE_TTL_MS, place);
    if (typeof claim === "string") return undefined;
    noteGrant(services, context, grant);
    const steps = maskedStepHeaders(context.jobPlan as BuildJobPlan, grant.variables);
    setSteps(db, attemptId, claim.epoch, steps);
    if (moveJob(db, context.job.id, "queued", { status: "running", at: services.now() })) {
      recordJobStatus(services, context.job.id);
    }
    return { epoch: claim.epoch, pipelineId: context.pipeline.id };
  });
  if (claimed === undefined) return;
  if ("refused" in claimed) return tellEnd(services, claimed.refused);
  publishStatus(services, claimed.pipelineId);
  nudge(services, { queue: "statuses", outboxId: 0 });
  await carryOut(execution, attemptId, claimed.epoch);
}

function refuse(services: Services, context: AttemptContext, refusal: AccessRefusal) {
  refuseAttempt(services, context, refusal);
  services.log.info({ attemptId: context.attempt.id, ...refusal }, "attempt may not start");
  return { refused: context };
}

function diskLow(how: string): Refusal {
  return { reason: "disk_low", message: `Waits for disk space: ${how}.` };
}

function placeFor(services: Services, { attempt, jobPlan }: AttemptContext): Place | Refusal {
  const { size } = classSize(services.settings.resourceClasses, jobPlan as BuildJobPlan);
  return admit(services, attempt.id, { demand: attempt, cores: size.cpus });
}

function keepWaiting(services: Services, { attempt, pipeline }: AttemptContext, why: Refusal): undefined {
  if (!tellWaiting(services.db, attempt.id, why)) return;
  tellPlaces(services);
  publishStatus(services, pipeline.id);
  services.log.info({ attemptId: attempt.id, ...why }, "attempt waits");
}

/**
 * Takes over the running attempts whose owner is dead or whose lease has ended, each under a new epoch. Returns the work
 * that goes on with them; it never rejects.
 */
export function adoptAttempts(execution: Execution): Promise<void>[] {
  const { services, leases } = execution;
  const work: Promise<void>[] = [];
  for (const attempt of runningAttempts(services.db)) {
    if (leases.has(attempt.attemptId)) continue;
    const adopted = adoptAttempt(
      services.db,
      attempt.attemptId,
      services.owner,
      isDeadOwner,
      services.now(),
      LEASE_TTL_MS,
    );
    if (typeof adopted === "string") continue;
    services.log.info({ attemptId: attempt.attemptId, epoch: adopted.epoch }, "attempt was taken over");
    work.push(carryOut(execution, attempt.attemptId, adopted.epoch));
  }
  return work;
}

async function carryOut(execution: Execution, attemptId: number, epoch: number): Promise<void> {
  const { services, leases, scribe } = execution;
  const context = attemptContext(services.db, attemptId);
  const log = services.log.child({
    attemptId,
    epoch,
    pipelineId: context.pipeline.id,
    job: context.job.name,
  });
  const hold = leases.hold(attemptId);
  try {
    const report = scribe.open({
      pipelineId: context.pipeline.id,
      attemptId,
      epoch,
      storedLengths: await restoreLogs(services, context),
      onStale: hold.markStale,
    });
    const input = jobInput(services, context, epoch);
    log.info({ image: input.plan.executor }, "attempt is carried out");
    const outcome = await runJob(services.engine, input, report, {
      handOver: hold.handOver,
      cancel: hold.cancel,
    });
    scribe.flush();
    if (outcome === "handed-over" || hold.isStale()) return;
    const ended = finish(services, context, epoch, outcome);
    log.info({ status: outcome.status, reason: outcome.reason, kept: ended === "kept" }, "attempt finished");
    if (ended !== "kept") await removeAttempt(services.engine, services.instance, attemptId);
  } catch (error) {
    if (hold.isStale()) return;
    log.error({ err: error }, "attempt could not be carried out");
    scribe.flush();
    finish(services, context, epoch, outcomeOfError(error));
  } finally {
    hold.release();
  }
}

/** Cuts each open log to its committed length: what a predecessor stored beyond it was shown to nobody. (A.5) */
async function restoreLogs(services: Services, context: AttemptContext): Promise<Map<number, number>> {
  const lengths = new Map<number, number>();
  for (const step of context.steps) {
    lengths.set(step.index, step.storedLength);
    if (step.status === "running") {
      await services.logs.truncate(context.attempt.id, step.index, step.storedLength);
    }
  }
  return lengths;
}

/** Everything that carrying out an attempt, or opening a shell beside it, needs to know. */
export function jobInput(services: Services, context: AttemptContext, epoch: number): RunJobInput {
  const { attempt, job, workflow, pipeline, project } = context;
  const { hostOffers, resourceClasses } = services.settings;
  const trusted = pipeline.trust === "own";
  const onHost = jobOnHost(context.jobPlan as BuildJobPlan, {
    offers: hostOffers,
    classes: resourceClasses,
    host: services.host,
    cpuset: attempt.cpuset,
    jobTimeoutMs: services.settings.jobTimeoutMs,
    trusted,
  });
  return {
    instance: services.instance,
    attemptId: attempt.id,
    jobId: job.id,
    epoch,
    ...onHost,
    builtins: builtInVariables({
      repository: pipeline.repository,
      event: pipeline.event,
      pipelineUuid: pipeline.uuid,
      workflowUuid: workflow.uuid,
      workspaceUuid: context.workspaceUuid,
      jobUuid: job.uuid,
      jobName: job.name,
      jobNumber: job.number ?? job.id,
      previousJobNumber: previousJobNumber(services.db, context),
      jobUrl: `${services.settings.publicUrl}/p/${pipeline.id}`,
      projectUuid: project.uuid,
      nodeIndex: attempt.nodeIndex,
      nodeTotal: attempt.nodeTotal,
      workingDirectory: onHost.plan.workingDirectory,
    }),
    secrets: variablesOf(services, context),
    progress: stepProgress(services.db, attempt.id),
    source: sourceOf(services, pipeline),
    stores: jobStores(services, context),
    containerPolicy: {
      pull: services.settings.pullPolicy,
      serviceWaitMs: services.settings.serviceWaitMs,
      stepProgram: services.settings.stepProgram,
    },
    trusted,
    ...continuationFor(services, context, epoch),
  };
}

/** Ends the attempt and whatever of its steps is still open, and nudges the workflow. Tells whether its container is kept. */
function finish(
  services: Services,
  context: AttemptContext,
  epoch: number,
  outcome: JobOutcome,
): "kept" | "ended" | "stale" {
  const { db } = services;
  const attempt = { attemptId: context.attempt.id, epoch };
  const at = services.now();
  const ended = inTransaction(db, () => {
    if (!finishAttempt(db, attempt, { ...asWished(services, context, outcome), at })) return "stale";
    makeOnceMore(services, context, outcome, at);
    const keptForMs = keepsFor(services, context, outcome);
    if (keptForMs === 0) return "ended";
    keepUntil(db, context.attempt.id, at + keptForMs);
    return "kept";
  });
  if (ended === "stale") return ended;
  tellEnd(services, context);
  return ended;
}

function tellEnd(services: Services, { pipeline, workflow }: AttemptContext): void {
  publishStatus(services, pipeline.id);
  nudge(services, { queue: "workflows", workflowId: workflow.id });
  releaseWaiting(services);
}

/** What the host lost before its first step is tried again; whoever has room takes it. (R-JST-2) */
function makeOnceMore(
  { db, log }: Services,
  { attempt }: AttemptContext,
  outcome: JobOutcome,
  at: number,
): void {
  if (!isMadeOnceMore(attempt, outcome, listSteps(db, attempt.id))) return;
  // Read anew: nobody waits for one that is wished canceled, and no queue takes it.
  if (getAttempt(db, attempt.id)?.cancelRequestedAt != null) return;
  const next = createNextAttempt(db, attempt, at);
  log.warn(
    { attemptId: attempt.id, next, reason: outcome.reason },
    "attempt was lost, and is made once more",
  );
}

/** What was canceled says who wished it; the runner knows only that somebody did. */
function asWished({ db }: Services, { job: { id } }: AttemptContext, outcome: JobOutcome): JobOutcome {
  if (outcome.status !== "canceled") return outcome;
  const { job, workflow } = jobWithWorkflow(db, id);
  const wish = job.cancellation ?? workflow.cancellation;
  return wish === null ? outcome : { ...outcome, reason: wish.reason, message: wish.message };
}

/** What failed may be looked at for a while; a fork's may not, for nobody may open a shell there. */
function keepsFor(
  { db, settings }: Services,
  { attempt, pipeline, workflow }: AttemptContext,
  { status }: JobOutcome,
): number {
  const failed = status === "failure" || status === "error";
  if (!failed || pipeline.trust !== "own") return 0;
  // Read anew: the wish may have come while it ran.
  const wished = getAttempt(db, attempt.id)?.keepForMs ?? workflow.rerun?.keepForMs ?? 0;
  return Math.max(settings.keepFailedForMs, wished);
}
