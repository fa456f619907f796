import type { Diagnostic } from "../plan/diagnostic.ts";
import { formatPlace } from "../plan/source-range.ts";
import { isFinal, type Reason, type Status } from "../status.ts";
import { isFailing } from "../workflow/roll-up.ts";

/** GitHub's four states of a commit status. */
export type CommitState = "pending" | "success" | "failure" | "error";

/** What is to stand on a commit in one context. */
export interface CommitStatus {
  readonly context: string;
  readonly state: CommitState;
  /** At most 140 characters, GitHub's limit. */
  readonly description: string;
  readonly targetUrl: string;
}

/** Which contexts are written: `fmg: <workflow>/<job>`, or CircleCI's own so that branch rules survive. (R-GH-3) */
export type StatusContexts = "fmg" | "circleci";

/** What happened, as the reporter knows it. */
export interface StatusFacts {
  readonly status: Status;
  readonly reason?: Reason;
  readonly message?: string;
  readonly diagnostics?: readonly Diagnostic[];
  /** A part of it has failed, and the rest goes on. */
  readonly failing?: boolean;
}

/**
 * GitHub's state of a status; undefined when nothing is written (blocked, skipped). `parts` are a workflow's jobs or a
 * pipeline's: one that has failed decides the result, so the commit turns red while the rest goes on. (R-GH-1,
 * architecture section 3)
 */
export function commitState(status: Status, parts: readonly Status[] = []): CommitState | undefined {
  if (!isFinal(status) && isFailing(parts)) return "failure";
  switch (status) {
    case "pending":
    case "queued":
    case "running":
    case "on_hold":
      return "pending";
    case "success":
      return "success";
    case "failure":
      return "failure";
    case "error":
    case "canceled":
      return "error";
    case "blocked":
    case "skipped":
      return undefined;
  }
}

const words: Readonly<Record<Status, string>> = {
  pending: "Waiting to be compiled",
  blocked: "Waiting for required jobs",
  on_hold: "Waiting for approval",
  queued: "Queued",
  running: "Running",
  success: "Succeeded",
  failure: "Failed",
  error: "Could not run",
  canceled: "Canceled",
  skipped: "Nothing to run",
};

/** At most 140 characters; the place of a config error first, since GitHub cuts the end. */
export function statusDescription(facts: StatusFacts): string {
  const first = facts.diagnostics?.find((diagnostic) => diagnostic.severity === "error");
  if (first !== undefined) return cut(`${formatPlace(first.range)} ${first.message}`);
  const word = facts.failing === true ? "Failed, and the rest goes on" : words[facts.status];
  return cut(facts.message === undefined ? word : `${word}: ${facts.message}`);
}

/** The context of the pipeline itself: pending at accept, and the bearer of a config error. */
export function pipelineContext(): string {
  return "fmg";
}

/** The context of a workflow; undefined in CircleCI's naming, which has none. */
export function workflowContext(contexts: StatusContexts, workflow: string): string | undefined {
  return contexts === "fmg" ? `fmg: ${workflow}` : undefined;
}

/** The context of a job. (R-GH, section 10.8) */
export function jobContext(
  contexts: StatusContexts,
  job: { workflow: string; name: string; kind: string },
): string {
  if (contexts === "fmg") return `fmg: ${job.workflow}/${job.name}`;
  return job.kind === "build" ? `ci/circleci: ${job.name}` : `ci/circleci: ${job.workflow}/${job.name}`;
}

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  const characters = Array.from(line);
  return characters.length <= 140 ? line : `${characters.slice(0, 139).join("")}…`;
}
