import {
  dueJobMoves,
  heldJobMove,
  isFinal,
  needsSerialTurn,
  newestOfNodes,
  planRerun,
  reachOfCancel,
  rollUp,
  runsAgain,
  serialGroupOf,
  serialTurn,
  startOf,
  workflowStatus,
  type Instant,
  type JobState,
  type Rerun,
  type SerialClaim,
} from "@fmg/core";
import { carriedJob, newJob } from "./new-records.ts";
import {
  jobNamed,
  move,
  nextId,
  untouched,
  type JobRecord,
  type RunRecord,
  type WorkflowRecord,
} from "./board.ts";

/**
 * Applies all moves that are due in a run, by the same decisions of `core` as a server's `advanceWorkflow`, which keeps its
 * records in a database. Doing it again changes nothing.
 */
export function advance(run: RunRecord, now: Instant): void {
  // A job that ends may let one of another workflow go, whose turn in a serial group it was.
  while (run.workflows.some((workflow) => advanceOnce(run, workflow, now))) continue;
}

function advanceOnce(run: RunRecord, workflow: WorkflowRecord, now: Instant): boolean {
  if (isFinal(workflow.status)) return false;
  const moved =
    cancelJobs(run, workflow, now) ||
    releaseHolds(workflow, now) ||
    endFinishedJobs(workflow, now) ||
    takeTurns(run, workflow, now) ||
    moveBlockedJobs(run, workflow, now);
  return moved || rollUpWorkflow(run, workflow, now);
}

/** Before anything else: what waits for a canceled job of a canceled run ends with it, and never starts. (R-WST-4, R-WST-5) */
function cancelJobs(run: RunRecord, { jobs }: WorkflowRecord, now: Instant): boolean {
  let moved = false;
  for (const job of jobs) {
    const wish = job.cancellation ?? run.cancellation;
    if (wish === null) continue;
    const to = { status: "canceled", reason: wish.reason, message: wish.message, at: now } as const;
    switch (reachOfCancel(job.status, job.attempts.length > 0)) {
      case "nothing":
        break;
      case "ends":
        move("job", job, to);
        moved = true;
        break;
      case "stops-attempts":
        // Those that run are told by the signal that whoever wished it has.
        for (const attempt of job.attempts.filter(({ status }) => status === "queued")) {
          move("attempt", attempt, to);
          moved = true;
        }
    }
  }
  return moved;
}

/** Lets holds go that were approved; nothing here waits so long that it expires. (R-APR-3) */
function releaseHolds({ jobs }: WorkflowRecord, now: Instant): boolean {
  let moved = false;
  for (const job of jobs) {
    if (job.status !== "on_hold") continue;
    const to = heldJobMove({ heldAt: now, approval: job.approval }, { now, expiresAfterMs: 0 });
    if (to === undefined) continue;
    move("job", job, { ...to, at: now });
    moved = true;
  }
  return moved;
}

/** A job ends when all its attempts have, as the worst of them. (R-PAR-1) */
function endFinishedJobs({ jobs }: WorkflowRecord, now: Instant): boolean {
  let moved = false;
  for (const job of jobs) {
    if (job.status !== "queued" && job.status !== "running") continue;
    const attempts = newestOfNodes(job.attempts);
    const outcome = attempts.length === 0 ? undefined : rollUp(attempts.map(({ status }) => status));
    if (outcome === undefined) continue;
    const worst = attempts.find(({ status }) => status === outcome);
    move("job", job, { status: outcome, reason: worst?.reason, message: worst?.message, at: now });
    moved = true;
  }
  return moved;
}

/** Whose turn it is among the jobs that wait for a serial group of this run. (R-SER-2, R-SER-4) */
function takeTurns(run: RunRecord, { jobs }: WorkflowRecord, now: Instant): boolean {
  let moved = false;
  for (const job of jobs) {
    if (job.status !== "queued" || job.attempts.length > 0 || !needsSerialTurn(job.plan)) continue;
    const { mine, others } = claimsOf(run, job);
    const turn = serialTurn(mine, others, now);
    if (turn.kind === "go") start(run, job, now);
    else if (turn.kind === "waited-too-long") {
      const message = `waited 5 hours for the serial group "${serialGroupOf(job.plan)}"`;
      move("job", job, { status: "canceled", reason: "waited_too_long", message, at: now });
    } else continue;
    moved = true;
  }
  return moved;
}

function claimsOf(run: RunRecord, job: JobRecord): { mine: SerialClaim; others: SerialClaim[] } {
  const group = serialGroupOf(job.plan);
  const others = run.workflows.flatMap((workflow) =>
    workflow.jobs
      .filter((other) => other !== job && serialGroupOf(other.plan) === group && other.plan.kind !== "unlock")
      .map((other) => claimOf(run, other, holdsGroup(workflow, other)))
      .filter((claim) => claim.holds || claim.askedAt !== null),
  );
  return { mine: claimOf(run, job, false), others };
}

function claimOf(run: RunRecord, job: JobRecord, holds: boolean): SerialClaim {
  const askedAt = isFinal(job.status) ? null : job.serialAskedAt;
  return { jobId: job.id, projectId: 1, pipelineNumber: run.number, askedAt, holds };
}

/** A job that started holds its group until it ends; a lock that succeeded, until its unlock or its workflow has ended. */
function holdsGroup(workflow: WorkflowRecord, job: JobRecord): boolean {
  if (job.plan.kind !== "lock") {
    return (
      job.status === "running" ||
      job.status === "on_hold" ||
      (job.status === "queued" && job.attempts.length > 0)
    );
  }
  const isGivenBack = workflow.jobs.some(
    ({ plan, status }) =>
      plan.kind === "unlock" && serialGroupOf(plan) === serialGroupOf(job.plan) && isFinal(status),
  );
  return job.status === "success" && !isFinal(workflow.status) && !isGivenBack;
}

function moveBlockedJobs(run: RunRecord, workflow: WorkflowRecord, now: Instant): boolean {
  const states = new Map(workflow.jobs.map((job) => [job.plan.name, stateOf(job)]));
  const due = dueJobMoves(workflow.plan, states);
  for (const { job: name, to, reason, message } of due) {
    const job = jobNamed(workflow, name);
    if (to !== "skipped" && needsSerialTurn(job.plan)) {
      job.serialAskedAt = now;
      const waits = `waits for the serial group "${serialGroupOf(job.plan)}"`;
      move("job", job, { status: "queued", reason: "serial_group", message: waits, at: now });
      continue;
    }
    move("job", job, { status: to, reason, message, at: now });
    if (to === "queued") addAttempts(run, job, now);
  }
  return due.length > 0;
}

function stateOf({ status, reason }: JobRecord): JobState {
  return { status, ...(reason === undefined ? {} : { reason }) };
}

/** Starts a job whose turn in its serial group has come. */
function start(run: RunRecord, job: JobRecord, now: Instant): void {
  if (job.plan.kind === "build") return addAttempts(run, job, now);
  move("job", job, { ...startOf(job.plan), at: now });
}

function addAttempts(run: RunRecord, job: JobRecord, now: Instant): void {
  const { plan } = job;
  if (plan.kind !== "build") return;
  job.reason = undefined;
  job.message = undefined;
  const demand = run.demandOf(plan);
  for (let nodeIndex = 0; nodeIndex < plan.parallelism; nodeIndex++) {
    const nodeTotal = plan.parallelism;
    const attempt = { id: nextId(run), nodeIndex, nodeTotal, number: 1, queuedAt: now, demand };
    job.attempts.push({ ...attempt, ...untouched, status: "queued", cpuset: null, steps: [] });
  }
}

/** The workflow's status from its jobs'; one that failed may start again by itself. */
function rollUpWorkflow(run: RunRecord, workflow: WorkflowRecord, now: Instant): boolean {
  const status = workflowStatus(workflow.jobs.map(stateOf));
  if (status === workflow.status) return false;
  workflow.status = status;
  const isOver = isFinal(status) && run.cancellation === null;
  if (isOver && runsAgain(workflow.plan, { ...workflow, jobs: workflow.jobs.map(stateOf) })) {
    rerunFailed(run, workflow, now);
  }
  return true;
}

/** Adds the workflow once more, with what succeeded as it ended. (R-ARR-1) */
function rerunFailed(run: RunRecord, workflow: WorkflowRecord, now: Instant): void {
  const jobs = workflow.jobs.map(({ plan, status, finishedAt = null }) => ({
    name: plan.name,
    status,
    finishedAt,
  }));
  const planned = planRerun(workflow.plan, jobs, { from: "failed" }, now);
  if (planned.kind === "refused") return;
  const rerun: Rerun = { from: "failed", by: null, number: (workflow.rerun?.number ?? 0) + 1 };
  run.workflows.push({
    ...workflow,
    id: nextId(run),
    uuid: crypto.randomUUID(),
    rerunOf: workflow.id,
    rerun,
    status: "running",
    layers: workflow.layers.filter(({ job }) => !planned.runs.has(job)),
    jobs: workflow.jobs.map((job) =>
      planned.runs.has(job.plan.name) ? newJob(run, job.plan, now) : carriedJob(run, job.plan, job),
    ),
  });
}
