/** `disk_full`: make room and try again. `gap`: the caller's offset is beyond the end. `io`: what the system said. */
export type StorageErrorCode = "disk_full" | "gap" | "io";

/** A read or write that could not be done; nothing of it counts as stored. `cause` is the system's error. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "StorageError";
    this.code = code;
  }
}

/** Says in plain words which file the system refused, and what to do. */
export function asStorageError(thrown: unknown, doing: string): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const { code, message } = thrown as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new StorageError("disk_full", `No space is left on the disk while ${doing}. Free some space.`, {
      cause: thrown,
    });
  }
  return new StorageError("io", `The system refused ${doing}: ${message}`, { cause: thrown });
}
