import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readState, writeState } from "./stores/state-file.ts";

/** A folder whose config is run, and where this machine keeps what its runs leave. */
export interface Project {
  /** The working tree's root, or the folder that the config is of. */
  readonly root: string;
  readonly uuid: string;
  readonly name: string;
  /** Caches, results of jobs, logs. */
  readonly stateFolder: string;
  /** In the project itself, and ignored by git. */
  readonly outFolder: string;
}

/** The project that a folder is in: the nearest folder above it with a config or a repository, else itself. */
export async function findProject(folder: string, stateRoot: string): Promise<Project> {
  const root = await findRoot(folder);
  const digest = createHash("sha256").update(root).digest("hex");
  const [, a, b, c, d] = /^(.{8})(.{3})(.{3})(.{12})/.exec(digest.slice(8))!;
  return {
    root,
    uuid: `${a}-0000-4${b}-8${c}-${d}`,
    name: basename(root) || "project",
    stateFolder: join(stateRoot, "projects", `${basename(root)}-${digest.slice(0, 8)}`),
    outFolder: join(root, ".fmg"),
  };
}

async function findRoot(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    for (const mark of [".circleci/config.yml", ".git"]) {
      if (await isThere(join(at, mark))) return at;
    }
    if (at === dirname(at)) return folder;
  }
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Counts the runs of a project, from 1. */
export async function nextRunNumber({ stateFolder }: Project): Promise<number> {
  const file = join(stateFolder, "last-run.json");
  const last = (await readState(file)) as { number: number } | undefined;
  const number = (last?.number ?? 0) + 1;
  await writeState(file, { number });
  return number;
}
