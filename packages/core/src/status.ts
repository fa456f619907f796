/** The one status vocabulary of pipeline, workflow, job, attempt and step (architecture, section 3). */
export const statuses = [
  "pending",
  "blocked",
  "on_hold",
  "queued",
  "running",
  "success",
  "failure",
  "error",
  "canceled",
  "skipped",
] as const;

export type Status = (typeof statuses)[number];

/** Final states; they stay final. `error` is ours or the config's, `failure` is the author's: never mix them. */
export type Outcome = "success" | "failure" | "error" | "canceled" | "skipped";

export const reasons = {
  /** Of a step that went well without its cache. */
  success: ["cache_missed"],
  queued: ["no_runner", "at_limit", "serial_group", "disk_low"],
  failure: ["step_failed", "timed_out", "oom_killed"],
  error: [
    "config_invalid",
    "config_missing",
    "image_pull_failed",
    "clone_failed",
    "docker_unavailable",
    "container_failed",
    "runner_lost",
    "unauthorized",
    "disk_full",
    "internal",
  ],
  canceled: ["by_user", "superseded", "expired", "waited_too_long"],
  skipped: [
    "upstream_failed",
    "filtered_out",
    "condition_false",
    "nothing_to_run",
    "not_due",
    "halted",
    "overtaken",
  ],
} as const;

export type Reason = (typeof reasons)[keyof typeof reasons][number];

export function isFinal(status: Status): status is Outcome {
  switch (status) {
    case "success":
    case "failure":
    case "error":
    case "canceled":
    case "skipped":
      return true;
    case "pending":
    case "blocked":
    case "on_hold":
    case "queued":
    case "running":
      return false;
  }
}

export type EntityKind = "pipeline" | "workflow" | "job" | "attempt" | "step";

/** Legal moves: kind → from → to. What is not here cannot happen; `db/src/job-states.ts` alone performs them. */
export const transitions: Readonly<Record<EntityKind, Readonly<Partial<Record<Status, readonly Status[]>>>>> =
  {
    pipeline: {
      pending: ["running", "skipped", "error", "canceled"],
      running: ["success", "failure", "error", "canceled", "skipped"],
    },
    workflow: {
      running: ["on_hold", "queued", "success", "failure", "error", "canceled", "skipped"],
      on_hold: ["running", "queued", "success", "failure", "error", "canceled", "skipped"],
      queued: ["running", "on_hold", "success", "failure", "error", "canceled", "skipped"],
    },
    job: {
      blocked: ["queued", "on_hold", "success", "skipped", "canceled", "error"],
      on_hold: ["success", "canceled", "skipped"],
      queued: ["running", "on_hold", "success", "canceled", "skipped", "error"],
      running: ["success", "failure", "error", "canceled"],
    },
    attempt: {
      queued: ["running", "canceled", "error"],
      running: ["success", "failure", "error", "canceled"],
    },
    step: {
      pending: ["running", "skipped", "canceled", "error"],
      running: ["success", "failure", "error", "canceled"],
    },
  };

export function isLegalMove(kind: EntityKind, from: Status, to: Status): boolean {
  return transitions[kind][from]?.includes(to) ?? false;
}
