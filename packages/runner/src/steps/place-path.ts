import { posix } from "node:path";

import type { StepPlace } from "./own-step.ts";

/** A path of a config as an absolute one of the container: `~` is the user's home, what is relative is so to the working directory. */
export function placePath({ home, directory }: Pick<StepPlace, "home" | "directory">, path: string): string {
  const absolute =
    path === "~" || path.startsWith("~/") ? posix.join(home, path.slice(1)) : posix.resolve(directory, path);
  return absolute.length > 1 && absolute.endsWith("/") ? absolute.slice(0, -1) : absolute;
}
