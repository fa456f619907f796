import { ask } from "resp";

/** Counts a visit, and returns how many there were. */
export async function countVisit(port = 6379) {
  return Number((await ask(port, "INCR", "visits")).slice(1));
}
