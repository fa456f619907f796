import { lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A socket's path may have about 100 bytes (104 on macOS), which data directories often exceed. */
const LONGEST_PATH = 100;
const SOCKET = "redis.sock";

/** The path that the owner last recorded for its socket; undefined when none did. */
export function recordedSocket(dir: string): string | undefined {
  try {
    const path = readFileSync(join(dir, "socket-path"), "utf8").trim();
    return path === "" ? undefined : path;
  } catch {
    // The owner has not started yet.
    return undefined;
  }
}

/** Tells joiners where the socket is. */
export function recordSocket(dir: string, socket: string): void {
  if (recordedSocket(dir) === socket) return;
  const file = join(dir, "socket-path");
  writeFileSync(`${file}.new`, `${socket}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/**
 * Where the socket is to be: the recorded path, so that orchestrators which outlive a restart of the API find it again,
 * unless its folder is another user's now; else a new folder of our own in the temporary directory.
 */
export function chooseSocket(dir: string): string {
  const recorded = recordedSocket(dir);
  if (recorded !== undefined && isOurs(dirname(recorded))) return recorded;
  const own = (parent: string) => join(mkdtempSync(join(parent, "fmg-redis-")), SOCKET);
  const parent = tmpdir();
  const length = Buffer.byteLength(join(parent, "fmg-redis-XXXXXX", SOCKET));
  return own(length <= LONGEST_PATH ? parent : "/tmp");
}

function isOurs(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EEXIST") return false;
  }
  const stat = lstatSync(folder);
  return stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o077) === 0;
}
