import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A name of somebody's choosing as the name of a file. */
export function fileNameOf(key: string): string {
  return `${createHash("sha256").update(key).digest("hex").slice(0, 40)}.json`;
}

/** A file's JSON; undefined where there is none, or one that was cut off. What is in it only its writer knows. */
export async function readState(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** A file of a folder, and its JSON. */
export interface StateFile {
  readonly file: string;
  readonly state: unknown;
}

/** All files of a folder; those that cannot be read count as none. */
export async function readStates(folder: string): Promise<readonly StateFile[]> {
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith(".json"));
  const read = names.map(async (name): Promise<StateFile> => {
    const file = join(folder, name);
    return { file, state: await readState(file) };
  });
  return (await Promise.all(read)).filter(({ state }) => state !== undefined);
}

/** Writes a file whole, in place of one that is there. */
export async function writeState(file: string, state: unknown): Promise<void> {
  const part = await writePart(file, state);
  await rename(part, file);
}

/** Writes a file that is not there yet; of two who do so at once one comes first. */
export async function createState(file: string, state: unknown): Promise<"created" | "exists"> {
  const part = await writePart(file, state);
  try {
    await link(part, file);
    return "created";
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
    return "exists";
  } finally {
    await rm(part, { force: true });
  }
}

async function writePart(file: string, state: unknown): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const part = join(dirname(file), `${basename(file)}.${randomUUID()}.part`);
  await writeFile(part, JSON.stringify(state), { mode: 0o600 });
  return part;
}

export function removeState(file: string): Promise<void> {
  return rm(file, { force: true });
}
