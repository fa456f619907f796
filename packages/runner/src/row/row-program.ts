import { readFileSync } from "node:fs";

/** The program that runs rows of steps in the container; what it promises stands at its head. */
export function rowProgram(): Buffer {
  return readFileSync(new URL("./row.sh", import.meta.url));
}

/** The program that attaches a follower: one per list of steps, however many owners came and went. */
export function attachProgram(): Buffer {
  return readFileSync(new URL("./attach.sh", import.meta.url));
}

/** `circleci tests`, which the `circleci` command sources. */
export function testsProgram(): Buffer {
  return readFileSync(new URL("./tests.sh", import.meta.url));
}
