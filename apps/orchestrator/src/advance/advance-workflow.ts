import {
  asAttemptId,
  startOf,
  dueJobMoves,
  isFinal,
  needsSerialTurn,
  newestOfNodes,
  rollUp,
  workflowStatus,
  type BuildJobPlan,
  type JobPlan,
  type JobState,
  type Status,
} from "@fmg/core";
import {
  createAttempts,
  inTransaction,
  loadWorkflow,
  moveJob,
  moveWorkflow,
  workflowsWaitingForSerialGroups,
  type JobRow,
  type LoadedWorkflow,
} from "@fmg/db";
import { recordWorkflowStatuses } from "../report/record-statuses.ts";
import { demandOf } from "@fmg/runner";
import { sharesOf } from "../run/line.ts";
import { nudge, publishStatus, type Services } from "../services.ts";
import { rerunByItself } from "./auto-rerun.ts";
import { cancelJobs, cancelOverdue } from "./cancel-jobs.ts";
import type { Changes } from "./changes.ts";
import { releaseAttempts } from "./release-attempts.ts";
import { reasonOf } from "./reason-of.ts";
import { releaseHolds } from "./release-holds.ts";
import { rollUpPipeline } from "./roll-up-pipeline.ts";
import { askForTurn, takeTurns } from "./serial-turns.ts";

/** Every attempt goes to this queue until runners have labels of their own. */
const LABEL = "default";

/**
 * Stops 6 and 9 of the walk: applies the transitions that are due in a workflow, rolls its jobs up, and its pipeline's
 * workflows with them. Advancing twice is harmless: every move is a compare-and-set on what was read.
 */
export function advanceWorkflow(services: Services, workflowId: number): void {
  const { db } = services;
  const advanced = inTransaction(db, () => {
    const changes: Changes = { jobs: new Set(), attempts: [], stops: false, reruns: [] };
    while (advanceOnce(services, workflowId, changes));
    const rolledUp = rollUpWorkflow(services, workflowId, changes);
    if (changes.jobs.size === 0 && !rolledUp && !changes.stops) return undefined;
    recordWorkflowStatuses(services, workflowId, changes.jobs);
    return changes;
  });
  if (advanced === undefined) return;
  releaseAttempts(services, advanced.attempts);
  publishStatus(services, loadWorkflow(db, workflowId).workflow.pipelineId);
  nudge(services, { queue: "statuses", outboxId: 0 });
  tellOthers(services, workflowId, advanced);
  for (const rerun of advanced.reruns) nudge(services, { queue: "workflows", workflowId: rerun });
}

/** Whoever carries out what is to stop, and the workflows that wait for a serial group that this one may have left. */
function tellOthers(services: Services, workflowId: number, { stops }: Changes): void {
  const { workflow, jobs } = loadWorkflow(services.db, workflowId);
  if (stops) services.live.publish({ pipelineId: workflow.pipelineId, kind: "cancel" });
  const groups = new Set(jobs.flatMap(({ job }) => job.serialGroup ?? []));
  if (groups.size === 0) return;
  for (const waiting of workflowsWaitingForSerialGroups(services.db, groups)) {
    if (waiting !== workflowId) nudge(services, { queue: "workflows", workflowId: waiting });
  }
}

/** One round: wishes to cancel, then jobs follow their attempts, then those that wait may start. Tells whether anything moved. */
function advanceOnce(services: Services, workflowId: number, changes: Changes): boolean {
  const loaded = loadWorkflow(services.db, workflowId);
  if (isFinal(loaded.workflow.status)) return false;
  return (
    cancelOverdue(services, loaded.workflow) ||
    cancelJobs(services, loaded, changes) ||
    releaseHolds(services, loaded, changes) ||
    endFinishedJobs(services, loaded, changes) ||
    takeTurns(services, loaded, changes, (job, plan) => start(services, job, plan, changes)) ||
    moveBlockedJobs(services, loaded, changes)
  );
}

/** A job ends when all its attempts have, as the worst of them. (R-PAR-1) */
function endFinishedJobs(services: Services, loaded: LoadedWorkflow, changes: Changes): boolean {
  let progressed = false;
  for (const { job, attempts: all } of loaded.jobs) {
    if (job.status !== "queued" && job.status !== "running") continue;
    const attempts = newestOfNodes(all);
    const outcome = attempts.length === 0 ? undefined : rollUp(attempts.map((attempt) => attempt.status));
    if (outcome === undefined) continue;
    const worst = attempts.find((attempt) => attempt.status === outcome);
    const at = services.now();
    if (job.status === "queued" && outcome !== "canceled" && outcome !== "error") {
      moveJob(services.db, job.id, "queued", { status: "running", at });
    }
    const from: Status[] = ["queued", "running"];
    const to = { status: outcome, at, ...reasonOf(worst) };
    if (moveJob(services.db, job.id, from, to)) {
      changes.jobs.add(job.id);
      progressed = true;
    }
  }
  return progressed;
}

function moveBlockedJobs(services: Services, loaded: LoadedWorkflow, changes: Changes): boolean {
  const states = new Map<string, JobState>(
    loaded.jobs.map(({ job }) => [
      job.name,
      { status: job.status, ...(job.reason == null ? {} : { reason: job.reason }) },
    ]),
  );
  const rows = new Map(loaded.jobs.map(({ job }) => [job.name, job]));
  const plans = new Map(loaded.plan.jobs.map((plan) => [plan.name, plan]));
  let progressed = false;
  for (const move of dueJobMoves(loaded.plan, states)) {
    const row = rows.get(move.job);
    const plan = plans.get(move.job);
    if (row === undefined || plan === undefined) continue;
    const at = services.now();
    if (move.to !== "skipped" && needsSerialTurn(plan)) {
      if (!askForTurn(services, loaded, row, plan)) continue;
    } else {
      if (!moveJob(services.db, row.id, "blocked", { status: move.to, at, ...reasonOf(move) })) continue;
      if (plan.kind === "build" && move.to === "queued") createAttemptsOf(services, row, plan, changes);
    }
    changes.jobs.add(row.id);
    progressed = true;
  }
  return progressed;
}

/** Starts a job whose turn in its serial group has come. */
function start(services: Services, job: JobRow, plan: JobPlan, changes: Changes): void {
  if (plan.kind === "build") return createAttemptsOf(services, job, plan, changes);
  const to = startOf(plan);
  moveJob(services.db, job.id, "queued", { status: to.status, at: services.now(), ...reasonOf(to) });
}

function createAttemptsOf(services: Services, job: JobRow, plan: BuildJobPlan, changes: Changes): void {
  const demand = demandOf(services.settings.resourceClasses, plan, sharesOf(services));
  const { parallelism: nodeTotal } = plan;
  const ids = createAttempts(services.db, job.id, { nodeTotal, now: services.now(), label: LABEL, demand });
  for (const id of ids) changes.attempts.push({ attemptId: asAttemptId(id), label: LABEL });
}

/** The workflow's status from its jobs', and the pipeline's from its workflows'. Tells whether either moved. */
function rollUpWorkflow(services: Services, workflowId: number, changes: Changes): boolean {
  const { db } = services;
  const { workflow, jobs } = loadWorkflow(db, workflowId);
  if (isFinal(workflow.status)) return false;
  const status = workflowStatus(
    jobs.map(({ job: { status, reason } }) => ({ status, ...reasonOf({ reason }) })),
  );
  if (status === workflow.status) return false;
  const worst = jobs.find(({ job }) => job.status === status)?.job;
  const message = worst?.message == null ? {} : { message: `${worst.name}: ${worst.message}` };
  const to = {
    status,
    at: services.now(),
    ...(status === "success" ? {} : { ...reasonOf(worst), ...message }),
  };
  if (!moveWorkflow(db, workflowId, workflow.status, to)) return false;
  const rerun = rerunByItself(services, workflowId);
  if (rerun !== undefined) changes.reruns.push(rerun);
  rollUpPipeline(services, workflow.pipelineId);
  return true;
}
