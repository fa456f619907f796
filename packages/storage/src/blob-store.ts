import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { asStorageError } from "./storage-error.ts";

/** A stored blob: its SHA-256 is its name, as 64 hex digits. */
export interface StoredBlob {
  readonly digest: string;
  readonly sizeBytes: number;
}

/**
 * Files of jobs that outlive them: caches, workspaces, artifacts. A blob is named by what is in it, so the same bytes are kept
 * once, and nothing that a job chooses becomes a path. Any number of processes may use one folder. Errors are `StorageError`.
 */
export interface BlobStore {
  /** Takes the bytes to their end; the blob is there whole, and on the disk, or not at all. */
  put(bytes: AsyncIterable<Uint8Array>): Promise<StoredBlob>;
  /** The bytes `[from, to)` of a blob, to its end by default. */
  read(digest: string, range?: { readonly from: number; readonly to: number }): AsyncIterable<Uint8Array>;
  /** Reads the blob and compares it with its name. A corrupt one is set aside, and missing from then on. */
  verify(digest: string): Promise<"intact" | "corrupt" | "missing">;
  /** What is gone already is fine. */
  remove(digest: string): Promise<void>;
  /** All blobs with the time of their last writing, in milliseconds. */
  list(): AsyncIterable<{ readonly digest: string; readonly modifiedAt: number }>;
}

const readChunkBytes = 256 * 1024;

/** Opens the blobs below `root`; its folders are made when the first blob comes. */
export function openBlobStore(root: string): BlobStore {
  const pathOf = (digest: string): string => join(root, hex(digest).slice(0, 2), digest);

  return {
    async put(bytes) {
      const temporary = join(root, "incoming", randomUUID());
      try {
        await mkdir(dirname(temporary), { recursive: true, mode: 0o750 });
        const stored = await writeAside(temporary, bytes);
        const path = pathOf(stored.digest);
        await mkdir(dirname(path), { recursive: true, mode: 0o750 });
        await rename(temporary, path);
        await syncFolder(dirname(path));
        return stored;
      } catch (thrown) {
        await rm(temporary, { force: true });
        // What the bytes' own source threw is its affair.
        const isOurs = (thrown as NodeJS.ErrnoException).syscall !== undefined;
        throw isOurs ? asStorageError(thrown, `storing a blob below ${root}`) : thrown;
      }
    },
    read: (digest, range) => readFile(pathOf(digest), range ?? { from: 0, to: Number.MAX_SAFE_INTEGER }),
    async verify(digest) {
      const path = pathOf(digest);
      const hash = createHash("sha256");
      try {
        await stat(path);
      } catch {
        return "missing";
      }
      for await (const chunk of readFile(path, { from: 0, to: Number.MAX_SAFE_INTEGER })) hash.update(chunk);
      if (hash.digest("hex") === digest) return "intact";
      await mkdir(join(root, "corrupt"), { recursive: true, mode: 0o750 });
      await rename(path, join(root, "corrupt", digest)).catch(ignoreMissing);
      return "corrupt";
    },
    async remove(digest) {
      await rm(pathOf(digest), { force: true });
    },
    async *list() {
      for (const folder of await namesIn(root)) {
        if (!/^[0-9a-f]{2}$/.test(folder)) continue;
        for (const digest of await namesIn(join(root, folder))) {
          const facts = await stat(join(root, folder, digest)).catch(ignoreMissing);
          if (facts !== undefined) yield { digest, modifiedAt: facts.mtimeMs };
        }
      }
    },
  };
}

async function writeAside(path: string, bytes: AsyncIterable<Uint8Array>): Promise<StoredBlob> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o640);
  const hash = createHash("sha256");
  let sizeBytes = 0;
  try {
    for await (const chunk of bytes) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      await file.writeFile(chunk);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  return { digest: hash.digest("hex"), sizeBytes };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* readFile(
  path: string,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((thrown: unknown) => {
    throw asStorageError(thrown, `reading ${path}`);
  });
  try {
    for (let position = from; position < to;) {
      const chunk = Buffer.allocUnsafe(Math.min(readChunkBytes, to - position));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
      position += bytesRead;
    }
  } finally {
    await file.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(ignoreMissing)) ?? [];
}

/** Another process may take away what was there a moment ago. */
function ignoreMissing(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
  return undefined;
}

/** Digests become file names: nothing else may pass. */
function hex(digest: string): string {
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new Error(`${digest} is no digest of a blob`);
  return digest;
}
