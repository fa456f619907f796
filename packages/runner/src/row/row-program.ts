import { readFileSync } from "node:fs";

/** The program that runs rows of steps in the container; what it promises stands at its head. */
export function rowProgram(): Buffer {
  return readFileSync(new URL("./row.sh", import.meta.url));
}
