import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The installation's name in Docker: the given one, else 8 random characters that are kept in the data directory. */
export function instanceOf(dataDir: string, given: string | undefined): string {
  if (given !== undefined) return given;
  const file = join(dataDir, "instance");
  try {
    writeFileSync(file, randomBytes(4).toString("hex"), { flag: "wx" });
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
  return readFileSync(file, "utf8").trim();
}
