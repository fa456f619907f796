import { isUtf8 } from "node:buffer";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { FmgError } from "@fmg/core";

/** Room for many keys and certificates; each value of secrets is masked in some hundred forms. */
const MOST_BYTES = 256 * 1024;

/**
 * Reads a file that a setting names and that has secrets: nobody but its owner may have rights to it. Throws `settings_invalid`
 * that names the setting and the file. (SEC-6)
 */
export function readPrivateFile(file: string, setting: string): string {
  const wrong = (what: string) => new FmgError("settings_invalid", `${setting} (${file}): ${what}`);
  try {
    const descriptor = openSync(file, "r");
    try {
      // Of the open file: its name may be another's a moment later.
      const { mode, size } = fstatSync(descriptor);
      const rights = mode & 0o777;
      if ((rights & 0o077) !== 0) {
        const has = rights.toString(8).padStart(4, "0");
        throw wrong(`its mode is ${has}, but only its owner may read it: chmod 600 ${file}`);
      }
      if (size > MOST_BYTES) throw wrong(`it has ${size} bytes, and may have ${MOST_BYTES}`);
      const content = readFileSync(descriptor);
      if (!isUtf8(content)) throw wrong("it is no UTF-8 text");
      return content.toString("utf8");
    } finally {
      closeSync(descriptor);
    }
  } catch (thrown) {
    if (thrown instanceof FmgError) throw thrown;
    throw wrong(Error.isError(thrown) ? thrown.message : String(thrown));
  }
}
