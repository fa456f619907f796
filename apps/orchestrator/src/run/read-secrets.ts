import { FmgError, parseDotenv, type NamedSecret } from "@fmg/core";
import { readPrivateFile } from "./private-file.ts";

const SETTING = "FMG_SECRETS_FILE";

/**
 * Reads the operator's secrets. Others than the file's owner may not read it. Throws `settings_invalid` that names the file and the
 * line, and never tells what stands there. (SEC-6)
 */
export function readSecrets(file: string): readonly NamedSecret[] {
  const read = parseDotenv(readPrivateFile(file, SETTING), { sections: "none" });
  if (read.kind === "wrong") {
    throw new FmgError("settings_invalid", `${SETTING} (${file}): line ${read.line}: ${read.what}`);
  }
  return read.secrets;
}
