import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OrbResolver } from "./orb-resolver.ts";
import { pickVersion } from "./orb-versions.ts";

/**
 * Orbs that are kept in a folder, one file each: `circleci__node@7.2.1.yml` is circleci/node@7.2.1. A range such as
 * `circleci/node@7` means the highest version at hand.
 */
export function orbFolder(folder: string): OrbResolver {
  return async ({ name, version, reference }) => {
    const missing = { kind: "not-found", message: `it is not in ${folder}` } as const;
    // A reference is checked before it gets here; an address is no file.
    if (!/^[a-z][a-z0-9_-]*\/[a-z][a-z0-9_-]*$/.test(name)) return missing;
    const stem = `${name.replace("/", "__")}@`;
    const files = await filesOf(folder);
    const versions = files.flatMap((file) =>
      file.startsWith(stem) && file.endsWith(".yml") ? [file.slice(stem.length, -".yml".length)] : [],
    );
    const picked = pickVersion(version, versions);
    if (picked === undefined) {
      const others = versions.length === 0 ? "" : `, only ${versions.sort().join(", ")}`;
      return { kind: "not-found", message: `${reference} is not in ${folder}${others}` };
    }
    const source = await readFile(join(folder, `${stem}${picked}.yml`), "utf8");
    return { kind: "found", orb: { source, resolved: `${name}@${picked}` } };
  };
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // A folder that is not there holds no orbs; the diagnostic names it.
    if (Error.isError(error) && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
