import { isFmgError, type ErrorCode, type JobOutcome, type Reason } from "@fmg/core";

/** Errors of the platform that have a reason of their own; everything else is `internal`. */
const reasonOfCode: Partial<Record<ErrorCode, Reason>> = {
  image_pull_failed: "image_pull_failed",
  clone_failed: "clone_failed",
  docker_unavailable: "docker_unavailable",
  runner_lost: "runner_lost",
  disk_full: "disk_full",
};

/** How an attempt ends that could not be carried out at all, such as for a daemon that is gone. */
export function outcomeOfError(error: unknown): JobOutcome {
  const message = Error.isError(error) ? error.message : String(error);
  const reason = (isFmgError(error) ? reasonOfCode[error.code] : undefined) ?? "internal";
  return { status: "error", reason, message };
}
