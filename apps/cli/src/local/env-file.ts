import { readFile } from "node:fs/promises";
import { parseDotenv, type JobPlan, type NamedSecret } from "@fmg/core";
import { CliError } from "../errors.ts";

/** The variables of local runs: for every job, and by the name of a context. */
export interface Variables {
  readonly project: readonly NamedSecret[];
  readonly contexts: ReadonlyMap<string, readonly NamedSecret[]>;
}

/**
 * Reads files of lines `NAME=value`; those below a line `[deploy]` are the context deploy's. A later file wins over an earlier
 * one. Throws CliError that names file and line, and never tells what stands there.
 */
export async function readEnvFiles(files: readonly string[]): Promise<Variables> {
  const project: NamedSecret[] = [];
  const contexts = new Map<string, readonly NamedSecret[]>();
  for (const file of files) {
    const read = parseDotenv(await readText(file), { sections: "allowed" });
    if (read.kind === "wrong") {
      throw new CliError("usage", `${file}:${read.line}: ${read.what}`, [
        "Lines are NAME=value, and [name] begins the variables of a context.",
      ]);
    }
    project.push(...read.secrets);
    for (const [name, variables] of read.sections) {
      contexts.set(name, [...(contexts.get(name) ?? []), ...variables]);
    }
  }
  return { project, contexts };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? `there is no file ${file}` : `cannot read ${file}: ${message}`;
    throw new CliError("usage", why, ["Name a file:  --env-file path/to/.env"], { cause: thrown });
  }
}

/** A job's variables, weakest first: the project's, then those of its contexts in their order. (R-ENV-1) */
export function variablesFor({ project, contexts }: Variables, { contexts: asked }: JobPlan): NamedSecret[] {
  return [...project, ...asked.flatMap((name) => contexts.get(name) ?? [])];
}

/** The contexts that jobs ask for and no file has. */
export function missingContexts({ contexts }: Variables, jobs: readonly JobPlan[]): string[] {
  const asked = new Set(jobs.filter(({ leftOut }) => leftOut === undefined).flatMap((job) => job.contexts));
  return [...asked].filter((name) => !contexts.has(name));
}
