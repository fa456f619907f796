import { FmgError } from "@fmg/core";
import { openCommit, type Mirror } from "./mirror.ts";
import type { Pack } from "./pack/open-pack.ts";
import { readCommit, readTree, type TreeEntry } from "./tree.ts";

/**
 * The bytes of one file of a fetched commit, read as a git blob and never through the file system: a symlink, a folder
 * or a submodule at `path` (or on the way to it) is "not-a-file". Throws `clone_failed` if the mirror is damaged.
 */
export async function readBlob(
  mirror: Mirror,
  sha: string,
  path: string,
): Promise<Uint8Array | "not-found" | "not-a-file"> {
  try {
    using pack = openCommit(mirror, sha);
    const found = findEntry(
      pack,
      readCommit(pack, sha).tree,
      Buffer.from(path).toString("latin1").split("/"),
    );
    return typeof found === "string" ? found : pack.read(found.oid).data;
  } catch (error) {
    const message = Error.isError(error) ? error.message : String(error);
    throw new FmgError(
      "clone_failed",
      `${path} of commit ${sha} could not be read from the mirror: ${message}.`,
      {
        cause: error,
      },
    );
  }
}

function findEntry(
  pack: Pack,
  tree: string,
  names: readonly string[],
): TreeEntry | "not-found" | "not-a-file" {
  let oid = tree;
  for (const [depth, name] of names.entries()) {
    const entry = readTree(pack, oid).find((candidate) => candidate.name === name);
    if (entry === undefined) return "not-found";
    const isLast = depth === names.length - 1;
    if (isLast) return entry.kind === "file" || entry.kind === "executable" ? entry : "not-a-file";
    if (entry.kind !== "directory") return entry.kind === "symlink" ? "not-a-file" : "not-found";
    oid = entry.oid;
  }
  return "not-found";
}
