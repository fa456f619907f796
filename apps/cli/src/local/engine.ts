import {
  builtInVariables,
  isFinal,
  isMadeOnceMore,
  newestOfNodes,
  pickNext,
  type AttemptId,
  type BuildJobPlan,
  type JobEvent,
  type JobOutcome,
  type NamedSecret,
} from "@fmg/core";
import {
  chooseCores,
  classSize,
  hostRoom,
  jobOnHost,
  maskedStepHeaders,
  outcomeOfError,
  removeAttempt,
  runJob,
  type ContainerEngine,
  type HostCapacity,
  type JobControl,
  type RunJobInput,
  type SourceProvider,
} from "@fmg/runner";
import { advance } from "./advance.ts";
import {
  move,
  nextId,
  untouched,
  type AttemptRecord,
  type JobRecord,
  type RunRecord,
  type WorkflowRecord,
} from "./board.ts";
import type { RunContinuation } from "./continuation.ts";
import type { LocalSettings } from "./local-settings.ts";
import { pullRequestVariables, type LocalTrigger } from "./local-trigger.ts";
import { newWorkflow } from "./new-records.ts";
import { jobStores, type RunStores } from "./stores/job-stores.ts";

/** A job may run so long. (R-LIFE-1) */
const JOB_TIMEOUT_MS = 5 * 3_600_000;
const SERVICE_WAIT_MS = 60_000;

/** An attempt with what it is of. */
export interface Subject {
  readonly workflow: WorkflowRecord;
  readonly job: JobRecord;
  readonly attempt: AttemptRecord;
}

/** Who watches a run. Each is waited for: a slow reader slows the jobs down, and nothing piles up. */
export interface RunListener {
  event(of: Subject, event: JobEvent): Promise<void>;
  jobEnded(workflow: WorkflowRecord, job: JobRecord): Promise<void>;
}

/** Everything that a run needs beside its record. */
export interface Surroundings {
  readonly engine: ContainerEngine;
  readonly instance: string;
  readonly capacity: HostCapacity;
  readonly settings: LocalSettings;
  readonly trigger: LocalTrigger;
  readonly projectUuid: string;
  /** Stands for the address of a job's page. */
  readonly jobUrl: string;
  readonly source: SourceProvider;
  readonly stores: RunStores;
  readonly listener: RunListener;
  readonly control: JobControl;
  readonly continuation: RunContinuation;
  variablesFor(plan: BuildJobPlan): readonly NamedSecret[];
  /** Asks a person; comes only when nothing else runs. */
  approve(job: JobRecord): Promise<"approved" | "declined">;
  /** Before the container of a failed attempt is removed; tells whether it stays. */
  attemptEnded(of: Subject, input: RunJobInput): Promise<"remove" | "keep">;
  readonly now: () => number;
}

/**
 * Carries a run out to its end: the moves that `advance` finds due, attempts as far as the host has room, and questions when nothing
 * else is left to do. It ends early only by the signals of `control`, and rejects only on a bug or when the listener does.
 */
export async function carryOut(run: RunRecord, around: Surroundings): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const told = new Set<JobRecord>(allJobs(run).flatMap(({ job }) => (isFinal(job.status) ? [job] : [])));
  try {
    for (;;) {
      await addContinued(run, around);
      if (around.control.cancel.aborted) run.cancellation ??= byUser(around);
      advance(run, around.now());
      await tellEnded(run, around, told);
      for (const subject of admitted(run, around)) {
        const work = carryOutAttempt(run, around, subject).finally(() => underWay.delete(work));
        underWay.add(work);
      }
      if (underWay.size > 0) await Promise.race(underWay);
      else if (!(await askForHold(run, around))) return;
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}

/** The workflows of the config that a setup job gave; one that is refused makes the run an error. (R-DYN-9) */
async function addContinued(run: RunRecord, { continuation, now }: Surroundings): Promise<void> {
  const continued = await continuation.next();
  if (continued === undefined) return;
  if (continued.kind === "rejected") run.rejected = continued.diagnostics;
  else for (const workflow of continued.workflows) run.workflows.push(newWorkflow(run, workflow, now()));
}

function byUser({ now }: Surroundings) {
  return { at: now(), reason: "by_user", message: "canceled from the keyboard" } as const;
}

function allJobs(run: RunRecord): { workflow: WorkflowRecord; job: JobRecord }[] {
  return run.workflows.flatMap((workflow) => workflow.jobs.map((job) => ({ workflow, job })));
}

async function tellEnded(run: RunRecord, { listener }: Surroundings, told: Set<JobRecord>): Promise<void> {
  for (const { workflow, job } of allJobs(run)) {
    if (!isFinal(job.status) || job.isCarried || told.has(job)) continue;
    told.add(job);
    await listener.jobEnded(workflow, job);
  }
}

/** Moves the attempts to running that find room on the host now, and returns them. */
function admitted(run: RunRecord, around: Surroundings): Subject[] {
  const { capacity, settings } = around;
  const subjects = allJobs(run).flatMap(({ workflow, job }) =>
    job.isCarried ? [] : job.attempts.map((attempt) => ({ workflow, job, attempt })),
  );
  const running = subjects.filter(({ attempt }) => attempt.status === "running");
  const waiting = subjects.filter(({ attempt }) => attempt.status === "queued");
  const room = hostRoom({ host: capacity, cpuOvercommit: 1 });
  const picked = pickNext(
    {
      room,
      running: running.map(({ attempt: { demand } }) => ({ projectId: 1, demand })),
      waiting: waiting.map(({ attempt: { id, queuedAt, demand } }) => {
        return { attemptId: id as AttemptId, projectId: 1, queuedAt, demand, priority: 0, share: 1 };
      }),
    },
    around.now(),
  );
  const taken = running.map(({ attempt }) => attempt.cpuset);
  return picked
    .flatMap((id) => waiting.find(({ attempt }) => attempt.id === id) ?? [])
    .map((subject) => {
      const { job, attempt } = subject;
      const { size } = classSize(settings.resourceClasses, job.plan as BuildJobPlan);
      attempt.cpuset = chooseCores(size.cpus, capacity.cpus, taken) ?? null;
      taken.push(attempt.cpuset);
      move("attempt", attempt, { status: "running", at: around.now() });
      if (job.status === "queued") move("job", job, { status: "running", at: around.now() });
      return subject;
    });
}

async function carryOutAttempt(run: RunRecord, around: Surroundings, subject: Subject): Promise<void> {
  const { attempt, job } = subject;
  const input = inputFor(run, around, subject);
  attempt.steps = maskedStepHeaders(job.plan as BuildJobPlan, input.secrets).map((header) => {
    return { ...header, ...untouched, status: "pending", exitCode: undefined, durationMs: undefined };
  });
  const outcome = await outcomeOf(around, subject, input);
  move("attempt", attempt, { ...outcome, at: around.now() });
  const fate = await around.attemptEnded(subject, input);
  if (fate === "remove") await removeAttempt(around.engine, around.instance, attempt.id);
  addOnceMore(run, subject, outcome, around.now());
}

async function outcomeOf(around: Surroundings, subject: Subject, input: RunJobInput): Promise<JobOutcome> {
  const report = async (event: JobEvent): Promise<void> => {
    noteEvent(subject.attempt, event);
    await around.listener.event(subject, event);
  };
  try {
    const outcome = await runJob(around.engine, input, report, around.control);
    if (outcome !== "handed-over") return outcome;
  } catch (thrown) {
    if (!around.control.cancel.aborted) return outcomeOfError(thrown);
  }
  return { status: "canceled", reason: "by_user", message: "Canceled." };
}

/** What the host lost before its first step is tried again. (R-JST-2) */
function addOnceMore(run: RunRecord, { job, attempt }: Subject, outcome: JobOutcome, now: number): void {
  const steps = attempt.steps.map(({ index, kind, startedAt = null }) => ({ index, kind, startedAt }));
  if (run.cancellation !== null || !isMadeOnceMore(attempt, outcome, steps)) return;
  const { nodeIndex, nodeTotal, demand } = attempt;
  const next = { id: nextId(run), nodeIndex, nodeTotal, demand, number: 2, queuedAt: now };
  job.attempts.push({ ...next, ...untouched, status: "queued", cpuset: null, steps: [] });
  job.attempts.sort((a, b) => a.nodeIndex - b.nodeIndex || a.number - b.number);
}

function noteEvent({ steps }: AttemptRecord, event: JobEvent): void {
  if (event.kind !== "step-started" && event.kind !== "step-finished") return;
  const step = steps[event.step];
  if (step === undefined || isFinal(step.status)) return;
  const { at } = event;
  const isFirst = step.status === "pending";
  if (event.kind === "step-started") {
    if (isFirst) move("step", step, { status: "running", at });
    return;
  }
  const { outcome, exitCode, durationMs } = event;
  if (isFirst && outcome.status !== "skipped") move("step", step, { status: "running", at });
  move("step", step, { ...outcome, at });
  step.exitCode = exitCode;
  step.durationMs = durationMs ?? (step.startedAt === undefined ? undefined : at - step.startedAt);
}

function inputFor(run: RunRecord, around: Surroundings, subject: Subject): RunJobInput {
  const { workflow, job, attempt } = subject;
  const { settings, capacity, trigger } = around;
  const declared = job.plan as BuildJobPlan;
  const continuation = around.continuation.of(subject);
  const onHost = jobOnHost(declared, {
    offers: settings.hostOffers,
    classes: settings.resourceClasses,
    host: capacity,
    cpuset: attempt.cpuset,
    jobTimeoutMs: JOB_TIMEOUT_MS,
    trusted: true,
  });
  return {
    instance: around.instance,
    attemptId: attempt.id,
    jobId: job.id,
    epoch: 1,
    ...onHost,
    builtins: builtInVariables({
      repository: trigger.repository,
      event: trigger.event,
      pipelineUuid: run.uuid,
      workflowUuid: workflow.uuid,
      workspaceUuid: workflow.workspaceUuid,
      jobUuid: job.uuid,
      jobName: declared.name,
      jobNumber: job.id,
      previousJobNumber: undefined,
      jobUrl: around.jobUrl,
      projectUuid: around.projectUuid,
      nodeIndex: attempt.nodeIndex,
      nodeTotal: attempt.nodeTotal,
      workingDirectory: onHost.plan.workingDirectory,
    }).concat(pullRequestVariables(trigger)),
    secrets: around.variablesFor(declared),
    progress: [],
    source: around.source,
    stores: jobStores(around.stores, subject),
    containerPolicy: { pull: settings.pullPolicy, serviceWaitMs: SERVICE_WAIT_MS },
    trusted: true,
    ...(continuation === undefined ? {} : { continuation }),
  };
}

/** Asks for the first job that is on hold. False: there is none, and the run is over. */
async function askForHold(run: RunRecord, around: Surroundings): Promise<boolean> {
  const held = allJobs(run).find(({ job }) => job.status === "on_hold")?.job;
  if (held === undefined) return false;
  const said = await around.approve(held);
  const at = around.now();
  const by = around.trigger.event.sender.login;
  if (said === "approved") held.approval = { at, by, sha: around.trigger.event.sha, note: null };
  else held.cancellation = { at, reason: "by_user", message: "not approved" };
  return true;
}

/** The attempts of a job that count. */
export function countingAttempts({ attempts }: JobRecord): readonly AttemptRecord[] {
  return newestOfNodes(attempts);
}
