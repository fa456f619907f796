import { isFinal } from "@fmg/core";
import { loadWorkflow, runningAttempts, unfinishedWorkflows } from "@fmg/db";
import { isDeadOwner } from "@fmg/runner";
import { nudge, type Services } from "../services.ts";
import type { Disagreement } from "./disagreement.ts";

/** So many open workflows are looked at; more than these would hardly all be stuck. */
const MOST_WORKFLOWS = 1000;

/** Rows that contradict each other: attempts that run and that nobody carries out, workflows that should have ended. */
export function databaseFindings(services: Services, adopt: () => void): readonly Disagreement[] {
  const { db, now } = services;
  const deserted = runningAttempts(db)
    .filter(({ owner, expiresAt }) => owner === null || (expiresAt ?? 0) <= now() || isDeadOwner(owner))
    .map(({ attemptId, owner }): Disagreement => ({
      area: "database",
      what: `attempt ${attemptId} is "running", and nobody carries it out`,
      cause: owner === null ? "Its orchestrator handed it over." : `Its orchestrator (${owner}) is gone.`,
      next: "fmg doctor --fix lets an orchestrator take it over; left alone, that happens within 30 s.",
      mend: adopt,
    }));
  const stuck = unfinishedWorkflows(db, MOST_WORKFLOWS)
    .filter((id) => loadWorkflow(db, id).jobs.every(({ job }) => isFinal(job.status)))
    .map((workflowId): Disagreement => ({
      area: "database",
      what: `workflow ${workflowId} has not ended, and all its jobs have`,
      cause: "The nudge of its last job was lost.",
      next: "fmg doctor --fix nudges it again.",
      mend: () => nudge(services, { queue: "workflows", workflowId }),
    }));
  return [...deserted, ...stuck];
}
