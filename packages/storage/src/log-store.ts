import { constants } from "node:fs";
import { mkdir, open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

import { asStorageError, StorageError } from "./storage-error.ts";

/**
 * Append-only logs, one file per step: `<root>/<attemptId>/<step>.log`, bytes as given. The offset is the identity of a
 * byte: repeating an append changes nothing, so a writer may repeat itself after a crash. One writer per step at a time;
 * any number of readers, also in other processes. Errors are `StorageError`.
 */
export interface LogStore {
  /** Writes at `offset`; what stood from there on is replaced. An offset beyond the end is refused: no holes. */
  append(attemptId: number, step: number, offset: number, bytes: Uint8Array): Promise<void>;
  /** The bytes `[from, to)`, as far as they exist; a log that was never written is empty. */
  read(attemptId: number, step: number, from: number, to: number): AsyncIterable<Uint8Array>;
  /** Cuts what stands beyond `length`: bytes that a dead writer stored but never committed. */
  truncate(attemptId: number, step: number, length: number): Promise<void>;
  /** Returns when everything appended survives a power loss. */
  sync(attemptId: number, step: number): Promise<void>;
  /** Waits for what is under way, then closes all files. */
  close(): Promise<void>;
}

export interface LogStoreOptions {
  /** Files kept open for writing. More steps than this may be live; they then pay an `open` per append. */
  readonly maxOpenFiles?: number;
}

const defaultMaxOpenFiles = 256;
const readChunkBytes = 64 * 1024;

/** Opens the logs below `root`, which is made when the first byte comes. */
export function openLogStore(root: string, options: LogStoreOptions = {}): LogStore {
  const maxOpenFiles = options.maxOpenFiles ?? defaultMaxOpenFiles;
  /** In order of last use, the oldest first. */
  const openFiles = new Map<string, OpenFile>();

  const directoryOf = (attemptId: number): string => join(root, String(fileNumber(attemptId)));
  const pathOf = (attemptId: number, step: number): string =>
    join(directoryOf(attemptId), `${fileNumber(step)}.log`);

  /** Runs `work` after all earlier work on the same file. */
  async function withFile<T>(
    attemptId: number,
    step: number,
    doing: string,
    work: (file: FileHandle) => Promise<T>,
  ): Promise<T> {
    const path = pathOf(attemptId, step);
    const file = openFiles.get(path) ?? new OpenFile(directoryOf(attemptId), path);
    openFiles.delete(path);
    openFiles.set(path, file);
    try {
      return await file.run(work);
    } catch (thrown) {
      // A file that could not be opened (a full disk) is tried anew the next time.
      if (!(await file.opened()) && openFiles.get(path) === file) openFiles.delete(path);
      throw asStorageError(thrown, `${doing} ${path}`);
    } finally {
      await closeIdle();
    }
  }

  async function closeIdle(): Promise<void> {
    for (const [path, file] of openFiles) {
      if (openFiles.size <= maxOpenFiles) return;
      if (file.busy) continue;
      openFiles.delete(path);
      await file.close();
    }
  }

  return {
    append: (attemptId, step, offset, bytes) =>
      withFile(attemptId, step, "writing", (file) => writeAt(file, offset, bytes)),
    truncate: (attemptId, step, length) =>
      withFile(attemptId, step, "cutting", async (file) => {
        if ((await file.stat()).size > length) await file.truncate(length);
      }),
    sync: (attemptId, step) => withFile(attemptId, step, "flushing", (file) => file.datasync()),
    read: (attemptId, step, from, to) => readRange(pathOf(attemptId, step), from, to),
    async close() {
      const files = [...openFiles.values()];
      openFiles.clear();
      await Promise.all(files.map((file) => file.close()));
    },
  };
}

/** A file that is open for writing, or opening; work on it is done one after another. */
class OpenFile {
  readonly #opening: Promise<FileHandle>;
  #last: Promise<unknown>;
  #waiting = 0;

  constructor(directory: string, path: string) {
    this.#opening = openForWriting(directory, path);
    this.#last = this.#opening.catch(() => undefined);
  }

  get busy(): boolean {
    return this.#waiting > 0;
  }

  opened(): Promise<boolean> {
    return this.#opening.then(
      () => true,
      () => false,
    );
  }

  async run<T>(work: (file: FileHandle) => Promise<T>): Promise<T> {
    this.#waiting++;
    const result = this.#last.then(async () => work(await this.#opening));
    this.#last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#waiting--;
    }
  }

  async close(): Promise<void> {
    await this.#last;
    const file = await this.#opening.catch(() => undefined);
    await file?.close();
  }
}

async function openForWriting(directory: string, path: string): Promise<FileHandle> {
  await mkdir(directory, { recursive: true, mode: 0o750 });
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o640);
  // A new file's name must survive a power loss as well as its bytes.
  if ((await file.stat()).size === 0) await syncDirectory(directory);
  return file;
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAt(file: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  const { size } = await file.stat();
  if (offset > size) {
    throw new StorageError("gap", `A log of ${size} bytes cannot be continued at offset ${offset}.`);
  }
  let written = 0;
  while (written < bytes.length) {
    const result = await file.write(bytes, written, bytes.length - written, offset + written);
    written += result.bytesWritten;
  }
  if (size > offset + bytes.length) await file.truncate(offset + bytes.length);
}

async function* readRange(path: string, from: number, to: number): AsyncGenerator<Uint8Array> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (thrown) {
    // Nothing was written yet.
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return;
    throw asStorageError(thrown, `reading ${path}`);
  }
  try {
    let position = from;
    while (position < to) {
      const chunk = Buffer.allocUnsafe(Math.min(readChunkBytes, to - position));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
      position += bytesRead;
    }
  } catch (thrown) {
    throw asStorageError(thrown, `reading ${path}`);
  } finally {
    await file.close();
  }
}

/** Ids are ours, but they become file names: nothing but a whole number may pass. */
function fileNumber(id: number): number {
  if (!Number.isSafeInteger(id) || id < 0) throw new Error(`${id} is no id of a log`);
  return id;
}
