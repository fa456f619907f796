import { isUtf8 } from "node:buffer";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { FmgError } from "@fmg/core";
import { parseDotenv, type NamedSecret } from "./parse-dotenv.ts";

const SETTING = "FMG_SECRETS_FILE";
/** Room for many keys and certificates; each value is masked in some hundred forms. */
const MOST_BYTES = 256 * 1024;

/**
 * Reads the operator's secrets. Others than the file's owner may not read it. Throws `settings_invalid` that names the file and the
 * line, and never tells what stands there. (SEC-6)
 */
export function readSecrets(file: string): readonly NamedSecret[] {
  const read = parseDotenv(readPrivately(file));
  if (read.kind === "wrong") throw wrong(file, `line ${read.line}: ${read.what}`);
  return read.secrets;
}

function readPrivately(file: string): string {
  try {
    const descriptor = openSync(file, "r");
    try {
      // Of the open file: its name may be another's a moment later.
      const { mode, size } = fstatSync(descriptor);
      const rights = mode & 0o777;
      if ((rights & 0o077) !== 0) {
        const has = rights.toString(8).padStart(4, "0");
        throw wrong(file, `its mode is ${has}, but only its owner may read it: chmod 600 ${file}`);
      }
      if (size > MOST_BYTES) throw wrong(file, `it has ${size} bytes, and may have ${MOST_BYTES}`);
      const content = readFileSync(descriptor);
      if (!isUtf8(content)) throw wrong(file, "it is no UTF-8 text");
      return content.toString("utf8");
    } finally {
      closeSync(descriptor);
    }
  } catch (thrown) {
    if (thrown instanceof FmgError) throw thrown;
    throw wrong(file, Error.isError(thrown) ? thrown.message : String(thrown));
  }
}

function wrong(file: string, what: string): FmgError {
  return new FmgError("settings_invalid", `${SETTING} (${file}): ${what}`);
}
