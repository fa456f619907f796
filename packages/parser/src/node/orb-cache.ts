import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { OrbResolver, OrbResult } from "./orb-resolver.ts";
import { parseExact } from "./orb-versions.ts";

/**
 * Keeps exact versions on disk for good: a published version never changes. Ranges, `volatile` and `dev:` labels are
 * always asked again, and what they came to is kept under its exact version. Several processes may share the folder.
 * (R-ORB-12)
 */
export function orbCache(folder: string, resolve: OrbResolver): OrbResolver {
  return async (reference, signal) => {
    const { name, version } = reference;
    const exact = parseExact(version) !== undefined;
    const kept = exact ? await readKept(folder, `${name}@${version}`) : undefined;
    if (kept !== undefined) return kept;
    const result = await resolve(reference, signal);
    if (result.kind === "found" && parseExact(result.orb.resolved.split("@")[1] ?? "") !== undefined) {
      await keep(folder, result.orb.resolved, result.orb.source);
    }
    return result;
  };
}

/** A kept source begins with its own digest: half a file, or a changed one, is as good as none. */
async function readKept(folder: string, exact: string): Promise<OrbResult | undefined> {
  const text = await readIfThere(join(folder, fileOf(exact)));
  if (text === undefined) return undefined;
  const end = text.indexOf("\n");
  const source = text.slice(end + 1);
  if (text.slice(0, end) !== `# sha256:${digestOf(source)}`) return undefined;
  return { kind: "found", orb: { source, resolved: exact } };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    // Not kept yet.
    if (Error.isError(error) && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function keep(folder: string, exact: string, source: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, `# sha256:${digestOf(source)}\n${source}`);
    await rename(temporary, join(folder, fileOf(exact)));
  } finally {
    await rm(temporary, { force: true });
  }
}

function digestOf(source: string): string {
  return createHash("sha256").update(source).digest("hex");
}

function fileOf(exact: string): string {
  return `${exact.replace("/", "__")}.yml`;
}
