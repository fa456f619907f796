import type { JobPlan, RequiredStatus, Requirement, WorkflowPlan } from "../plan/pipeline-plan.ts";
import { formatPlace } from "../plan/source-range.ts";
import { isFinal, type Outcome, type Reason, type Status } from "../status.ts";

/** What is known of a job while its workflow is advanced. */
export interface JobState {
  readonly status: Status;
  readonly reason?: Reason;
}

/** A transition of a job that is due, with its reason as data and as a sentence. */
export interface JobMove {
  readonly job: string;
  readonly to: "queued" | "on_hold" | "success" | "skipped";
  readonly reason?: Reason;
  readonly message?: string;
}

/**
 * The moves that are due in a workflow, from its plan and its jobs' states; asking again after applying them gives the
 * next round, and none when there is nothing to do. A job starts when every requirement has ended in a status that it
 * allows; it is skipped as soon as one has ended otherwise. (R-REQ-4)
 */
export function dueJobMoves(plan: WorkflowPlan, states: ReadonlyMap<string, JobState>): JobMove[] {
  const moves: JobMove[] = [];
  for (const job of plan.jobs) {
    if (states.get(job.name)?.status !== "blocked") continue;
    const move = moveOfBlockedJob(job, states);
    if (move !== undefined) moves.push(move);
  }
  return moves;
}

function moveOfBlockedJob(job: JobPlan, states: ReadonlyMap<string, JobState>): JobMove | undefined {
  let open = false;
  for (const requirement of job.requires) {
    const state = states.get(requirement.job);
    if (state === undefined || !isFinal(state.status)) {
      open = true;
      continue;
    }
    if (!requirement.statuses.includes(circleciStatus(state.status, state.reason))) {
      return {
        job: job.name,
        to: "skipped",
        reason: "upstream_failed",
        message: unmetRequirement(requirement, state.status),
      };
    }
  }
  if (open) return undefined;
  const { status: to, ...why } = startOf(job);
  return { job: job.name, to, ...why };
}

/** What a job becomes when it may start: nothing is carried out for one without steps. (R-APR-3, R-NOOP-1) */
export function startOf({ kind }: JobPlan): {
  readonly status: "queued" | "on_hold" | "success";
  readonly message?: string;
} {
  switch (kind) {
    case "build":
      return { status: "queued" };
    case "approval":
      return { status: "on_hold", message: "waits for a person to approve it" };
    case "no-op":
    case "release":
    case "lock":
    case "unlock":
      return { status: "success" };
  }
}

function unmetRequirement(requirement: Requirement, status: Outcome): string {
  const ended = status === "skipped" ? "was skipped" : `ended as ${status}`;
  const asked = requirement.statuses.join(" or ");
  return `requires "${requirement.job}" to be ${asked} (${formatPlace(requirement.range)}), and it ${ended}`;
}

/** CircleCI's word for how a job ended, which `requires: {job: [status]}` speaks. (R-REQ-2, R-JST-1) */
export function circleciStatus(status: Outcome, reason?: Reason): RequiredStatus {
  switch (status) {
    case "success":
      return "success";
    case "failure":
      return "failed";
    case "error":
      return reason === "unauthorized" ? "unauthorized" : "failed";
    case "canceled":
      return "canceled";
    case "skipped":
      return "not_run";
  }
}
