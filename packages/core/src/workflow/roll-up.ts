import { isFinal, type Outcome, type Status } from "../status.ts";
import type { JobState } from "./ready-jobs.ts";

/** Worst first; a skipped child says nothing beside one that ran. (R-WST-1, R-WST-2) */
const severity: readonly Outcome[] = ["error", "failure", "canceled", "success", "skipped"];

/**
 * The outcome of a whole from its parts' statuses: nodes → job, jobs → workflow, workflows → pipeline. Undefined while
 * a part is not final. No parts at all count as skipped.
 */
export function rollUp(parts: readonly Status[]): Outcome | undefined {
  const outcomes = new Set<Status>(parts);
  for (const part of outcomes) if (!isFinal(part)) return undefined;
  return severity.find((outcome) => outcomes.has(outcome)) ?? "skipped";
}

/**
 * A workflow's status from its jobs': on hold when only approvals are left to act on, queued when only serial groups are
 * waited for besides. (Section 10.2)
 */
export function workflowStatus(jobs: readonly JobState[]): Status {
  const outcome = rollUp(jobs.map(({ status }) => status));
  if (outcome !== undefined) return outcome;
  const underWay = jobs.filter(({ status }) => status === "queued" || status === "running");
  if (underWay.some((job) => !waitsForSerialGroup(job))) return "running";
  if (underWay.length > 0) return "queued";
  return jobs.some(({ status }) => status === "on_hold") ? "on_hold" : "running";
}

function waitsForSerialGroup({ status, reason }: JobState): boolean {
  return status === "queued" && reason === "serial_group";
}

/** Whether something that the result depends on has failed while the rest goes on. */
export function isFailing(jobs: readonly Status[]): boolean {
  return jobs.some((job) => job === "failure" || job === "error");
}
