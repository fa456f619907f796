import type { Pack } from "../pack/open-pack.ts";
import { readCommit, type Commit } from "../tree.ts";

/** What a pack holds of a commit's history. */
export interface History {
  /** Commits whose parents are cut off; git calls them shallow. */
  readonly cutOff: readonly string[];
  /** Annotated tags on what is there: the tag object and the commit it leads to, by the tag's name. */
  readonly tags: ReadonlyMap<string, { readonly oid: string; readonly commit: string }>;
}

/** That of a commit which was fetched alone. Looking for tags costs more than a small checkout. */
export function noHistory({ sha, parents }: Commit): History {
  return { cutOff: parents.length > 0 ? [sha] : [], tags: new Map() };
}

/** Walks from the commit as far as the pack goes. */
export function readHistory(pack: Pack, newest: Commit): History {
  const seen = new Set([newest.sha]);
  const cutOff: string[] = [];
  const waiting = [newest];
  for (let commit = waiting.pop(); commit !== undefined; commit = waiting.pop()) {
    if (commit.parents.some((parent) => !pack.has(parent))) {
      cutOff.push(commit.sha);
      continue;
    }
    for (const parent of commit.parents.filter((oid) => !seen.has(oid))) {
      seen.add(parent);
      waiting.push(readCommit(pack, parent));
    }
  }
  return { cutOff, tags: readTags(pack, seen) };
}

function readTags(pack: Pack, commits: ReadonlySet<string>): History["tags"] {
  const tags = new Map<string, { oid: string; commit: string }>();
  for (const oid of pack.tagObjects()) {
    const [, commit = "", name] =
      /^object ([0-9a-f]{40})\ntype commit\ntag (.+)\n/.exec(pack.read(oid).data.toString("utf8")) ?? [];
    if (name !== undefined && commits.has(commit)) tags.set(name, { oid, commit });
  }
  return tags;
}
