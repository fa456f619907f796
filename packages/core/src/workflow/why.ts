import type { JobPlan, Requirement } from "../plan/pipeline-plan.ts";
import { formatPlace, type SourceRange } from "../plan/source-range.ts";
import { isFinal, type Reason, type Status } from "../status.ts";
import type { Approval } from "./approval.ts";
import { circleciStatus } from "./ready-jobs.ts";

/** One thing that a job's state comes from: the rule, the value, the place in the config, who or what. */
export interface Cause {
  readonly kind:
    "requires" | "left-out" | "hold" | "approval" | "wait" | "cancel" | "step" | "cache" | "platform";
  /** A sentence for people; the fields beside it say the same as data. */
  readonly message: string;
  /** A rule of the specification. */
  readonly rule?: string;
  readonly range?: SourceRange;
  /** The other job that it is about. */
  readonly job?: string;
  readonly status?: Status;
  readonly reason?: Reason;
  readonly step?: { readonly name: string; readonly nodeIndex: number; readonly exitCode: number | null };
  /** The name of a token. */
  readonly by?: string;
}

/** A job of the workflow as its row has it. */
export interface WhyJob {
  readonly name: string;
  readonly status: Status;
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly approval: Approval | null;
}

/** A step that explains its job: it failed, or missed its cache. */
export interface TellingStep {
  readonly name: string;
  readonly nodeIndex: number;
  readonly status: Status;
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly exitCode: number | null;
}

export interface WhyFacts {
  readonly plan: JobPlan;
  readonly job: WhyJob;
  /** All jobs of the workflow. */
  readonly jobs: readonly WhyJob[];
  readonly steps: readonly TellingStep[];
}

/** Why a job is in the state that it is in, the weightiest first; empty when there is nothing to explain. */
export function causesOf(facts: WhyFacts): Cause[] {
  const misses = facts.steps.filter(({ reason }) => reason === "cache_missed").map(missedCache);
  return [...causesOfState(facts), ...misses];
}

function causesOfState(facts: WhyFacts): Cause[] {
  const { plan, job, steps } = facts;
  switch (job.status) {
    case "blocked":
      return requirementsThat(facts, ({ status }) => !isFinal(status)).map(openRequirement);
    case "on_hold":
      return [
        { kind: "hold", rule: "R-APR-3", range: plan.range, message: "waits for a person to approve it" },
      ];
    case "pending":
    case "queued":
      return [{ kind: "wait", ...reasonOf(job), message: job.message ?? "waits for its turn" }];
    case "skipped":
      return skipped(facts);
    case "canceled":
      return [{ kind: "cancel", ...reasonOf(job), message: job.message ?? "was canceled" }];
    case "failure":
    case "error": {
      const bad = steps.filter(({ status }) => status === "failure" || status === "error").map(failedStep);
      if (bad.length > 0) return bad;
      return [{ kind: "platform", ...reasonOf(job), message: job.message ?? `ended as ${job.status}` }];
    }
    case "running":
    case "success":
      return job.approval === null ? [] : [approved(job.approval)];
  }
}

function skipped(facts: WhyFacts): Cause[] {
  const { plan, job } = facts;
  if (plan.leftOut !== undefined) {
    const { message, rule, range, reason } = plan.leftOut;
    return [{ kind: "left-out", message, rule, range, reason }];
  }
  const unmet = requirementsThat(
    facts,
    ({ status, reason }, { statuses }) =>
      isFinal(status) && !statuses.includes(circleciStatus(status, reason ?? undefined)),
  );
  if (unmet.length > 0) return unmet.map(unmetRequirement);
  return [{ kind: "platform", ...reasonOf(job), message: job.message ?? "was skipped" }];
}

interface Required {
  readonly requirement: Requirement;
  readonly other: WhyJob;
}

function requirementsThat(
  { plan, jobs }: WhyFacts,
  holds: (other: WhyJob, requirement: Requirement) => boolean,
): Required[] {
  return plan.requires.flatMap((requirement) => {
    const other = jobs.find(({ name }) => name === requirement.job);
    return other !== undefined && holds(other, requirement) ? [{ requirement, other }] : [];
  });
}

function openRequirement({ requirement, other }: Required): Cause {
  const { job, range } = requirement;
  const message = `waits for "${job}" (${formatPlace(range)}), which is ${other.status}`;
  return { kind: "requires", rule: "R-REQ-4", range, job, status: other.status, message };
}

function unmetRequirement({ requirement, other }: Required): Cause {
  const { job, range, statuses } = requirement;
  const ended = other.status === "skipped" ? "was skipped" : `ended as ${other.status}`;
  const why = other.message === null ? "" : `: ${other.message}`;
  const message = `requires "${job}" to be ${statuses.join(" or ")} (${formatPlace(range)}), and it ${ended}${why}`;
  return { kind: "requires", rule: "R-REQ-4", range, job, status: other.status, ...reasonOf(other), message };
}

function failedStep({ name, nodeIndex, exitCode, reason, message, status }: TellingStep): Cause {
  const code = exitCode === null ? "" : ` with exit code ${exitCode}`;
  const why = message === null ? "" : `: ${message}`;
  return {
    kind: "step",
    status,
    ...(reason === null ? {} : { reason }),
    step: { name, nodeIndex, exitCode },
    message: `step "${name}" failed${code}${why}`,
  };
}

function missedCache({ name, nodeIndex, exitCode, message }: TellingStep): Cause {
  const step = { name, nodeIndex, exitCode };
  return { kind: "cache", reason: "cache_missed", step, message: `step "${name}": ${message ?? "no cache"}` };
}

function approved({ by, note }: Approval): Cause {
  const why = note === null ? "" : `: ${note}`;
  return { kind: "approval", rule: "R-APR-4", by, message: `approved by "${by}"${why}` };
}

function reasonOf({ reason }: Pick<WhyJob, "reason">): { readonly reason?: Reason } {
  return reason === null ? {} : { reason };
}
