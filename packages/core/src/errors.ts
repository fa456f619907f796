/** Codes of broken promises between FMG and the outside; `docs/errors.md` explains each. */
export const errorCodes = {
  clone_failed: "the repository could not be fetched",
  config_missing: "the commit has no .circleci/config.yml",
  config_invalid: "the config could not be compiled",
  docker_unavailable: "the Docker daemon did not answer",
  image_pull_failed: "the image could not be pulled",
  container_failed: "the container could not be created or started",
  runner_lost: "the container of the attempt is gone",
  step_protocol_failed: "the step program in the container did not answer as agreed",
  disk_full: "no space is left on the disk",
  log_write_failed: "the log could not be written",
  github_failed: "GitHub refused or did not answer",
  redis_unavailable: "Redis did not answer",
  database_unavailable: "the database could not be opened",
  secret_unreadable: "a stored secret could not be opened",
  settings_invalid: "a setting is missing or wrong",
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** A broken promise (I/O, Docker, GitHub), with a stable code; `cause` keeps what was below. */
export class FmgError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "FmgError";
    this.code = code;
  }
}

/** Whether a thrown thing is an FmgError (also across realms), optionally with the given code. */
export function isFmgError(thrown: unknown, code?: ErrorCode): thrown is FmgError {
  if (typeof thrown !== "object" || thrown === null) return false;
  const candidate = thrown as { name?: unknown; code?: unknown };
  return candidate.name === "FmgError" && (code === undefined || candidate.code === code);
}
