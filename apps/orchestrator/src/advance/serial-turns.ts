import {
  needsSerialTurn,
  serialGroupOf,
  serialTurn,
  type JobPlan,
  type Reason,
  type SerialClaim,
} from "@fmg/core";
import {
  askSerialGroup,
  getPipeline,
  moveJob,
  otherSerialClaims,
  tellJobWaiting,
  type JobRow,
  type LoadedWorkflow,
  type SerialClaimRow,
} from "@fmg/db";
import type { Services } from "../services.ts";
import type { Changes } from "./changes.ts";

/**
 * A job whose requirements are met asks for its serial group: from then on it is `queued`, in its place in the line. One
 * that comes after a newer pipeline of its project is skipped. (R-SER-3, R-SER-5)
 */
export function askForTurn(services: Services, loaded: LoadedWorkflow, job: JobRow, plan: JobPlan): boolean {
  const { db } = services;
  const at = services.now();
  const { mine, others, group } = claimsOf(services, loaded, job, plan);
  const turn = serialTurn(mine, others, at);
  if (turn.kind === "overtaken") {
    const by = others.find(({ jobId }) => jobId === turn.by.jobId);
    const message = `comes too late for the serial group "${group}": ${named(by)} is newer`;
    return moveJob(db, job.id, "blocked", { status: "skipped", reason: "overtaken", message, at });
  }
  askSerialGroup(db, job.id, at);
  return moveJob(db, job.id, "blocked", { status: "queued", ...waitingFor(group, undefined), at });
}

/**
 * Looks whose turn it is among the jobs of a workflow that wait for a serial group; `start` is given those that may go.
 * The others are told who is before them, and one that has waited too long is canceled. (R-SER-2, R-SER-4)
 */
export function takeTurns(
  services: Services,
  loaded: LoadedWorkflow,
  changes: Changes,
  start: (job: JobRow, plan: JobPlan) => void,
): boolean {
  const { db } = services;
  const plans = new Map(loaded.plan.jobs.map((plan) => [plan.name, plan]));
  let progressed = false;
  for (const { job, attempts } of loaded.jobs) {
    const plan = plans.get(job.name);
    if (job.status !== "queued" || attempts.length > 0 || plan === undefined || !needsSerialTurn(plan))
      continue;
    const { mine, others, group } = claimsOf(services, loaded, job, plan);
    const turn = serialTurn(mine, others, services.now());
    switch (turn.kind) {
      case "overtaken":
        break;
      case "wait": {
        const behind = others.find(({ jobId }) => jobId === turn.behind.jobId);
        if (tellJobWaiting(db, job.id, waitingFor(group, behind))) changes.jobs.add(job.id);
        break;
      }
      case "waited-too-long": {
        const message = `waited 5 hours for the serial group "${group}"`;
        const to = { status: "canceled", reason: "waited_too_long", message, at: services.now() } as const;
        if (!moveJob(db, job.id, "queued", to)) break;
        changes.jobs.add(job.id);
        progressed = true;
        break;
      }
      case "go":
        tellJobWaiting(db, job.id, undefined);
        start(job, plan);
        changes.jobs.add(job.id);
        progressed = true;
    }
  }
  return progressed;
}

interface Claims {
  readonly mine: SerialClaim;
  readonly others: readonly SerialClaimRow[];
  readonly group: string;
}

function claimsOf({ db }: Services, { workflow }: LoadedWorkflow, job: JobRow, plan: JobPlan): Claims {
  const group = serialGroupOf(plan) ?? "";
  const pipeline = getPipeline(db, workflow.pipelineId);
  if (pipeline === undefined) throw new Error(`there is no pipeline ${workflow.pipelineId}`);
  const mine = {
    jobId: job.id,
    projectId: pipeline.projectId,
    pipelineNumber: pipeline.number,
    askedAt: job.serialAskedAt,
    holds: false,
  };
  return { mine, others: otherSerialClaims(db, job.id, group), group };
}

function waitingFor(group: string, behind: SerialClaimRow | undefined): { reason: Reason; message: string } {
  const who =
    behind === undefined
      ? ""
      : `: ${named(behind)} ${behind.holds ? "holds it" : "is before it in the line"}`;
  return { reason: "serial_group", message: `waits for the serial group "${group}"${who}` };
}

function named(claim: SerialClaimRow | undefined): string {
  return claim === undefined ? "another job" : `job "${claim.jobName}" of pipeline ${claim.pipelineId}`;
}
