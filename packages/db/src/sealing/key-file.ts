import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { FmgError } from "@fmg/core";

/** The file's text: a key a line, the newest first. */
export function readKeyFile(file: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (thrown) {
    throw new FmgError(
      "settings_invalid",
      `the encryption key ${file} cannot be read: ${(thrown as Error).message}. The API makes it at its first start; a lost one comes from your backup`,
      { cause: thrown },
    );
  }
  try {
    // Of the open file: its name may be another's a moment later.
    const rights = fstatSync(descriptor).mode & 0o777;
    if ((rights & 0o077) !== 0) {
      const has = rights.toString(8).padStart(4, "0");
      throw new FmgError(
        "settings_invalid",
        `the mode of ${file} is ${has}, but only its owner may read the encryption key: chmod 600 ${file}`,
      );
    }
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Replaces the file by these keys: whole or not at all, and on the disk when it returns, for what is sealed next can be
 * opened by nothing else.
 */
export function writeKeyFile(file: string, keys: readonly string[]): void {
  // One name: what a killed writer left there is overwritten, and no key stays about.
  const beside = `${file}.new`;
  const descriptor = openSync(beside, "w", 0o600);
  try {
    writeSync(descriptor, `${keys.join("\n")}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(beside, file);
  const folder = openSync(dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

export function hasKeyFile(file: string): boolean {
  return existsSync(file);
}
