import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["valkey-server", "redis-server"];
/** Where package managers put servers that are not on everybody's PATH. */
const USUAL_FOLDERS = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** The server program: the given one, or the first of the usual names on PATH and in the usual folders. */
export function findServer(given: string | undefined, path = process.env["PATH"] ?? ""): string | undefined {
  if (given !== undefined && given.includes("/")) return isProgram(given) ? given : undefined;
  const folders = [...path.split(delimiter).filter((folder) => folder !== ""), ...USUAL_FOLDERS];
  for (const name of given === undefined ? NAMES : [given]) {
    const found = folders.map((folder) => join(folder, name)).find(isProgram);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** How a Redis is installed on this system, to be pasted. */
export function installLine(platform: string): string {
  return platform === "darwin" ? "brew install valkey" : "apt-get install redis-server";
}
