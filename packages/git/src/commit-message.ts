import { openCommit, type Mirror } from "./mirror.ts";
import { readCommit } from "./tree.ts";

/** What a commit says of itself. */
export interface CommitWords {
  /** The first line. */
  readonly subject: string;
  /** What follows the empty line after it. */
  readonly body: string;
  readonly authorName: string | null;
}

/** The message and author of a fetched commit. */
export function readCommitWords(mirror: Mirror, sha: string): CommitWords {
  using pack = openCommit(mirror, sha);
  const text = pack.read(readCommit(pack, sha).sha).data.toString("utf8");
  const end = text.indexOf("\n\n");
  const [subject = "", ...rest] = end < 0 ? [] : text.slice(end + 2).split(/\r?\n/);
  return {
    subject,
    body: rest.join("\n").trim(),
    authorName: /^author (.*) <[^\n]*$/m.exec(text.slice(0, end + 1))?.[1] ?? null,
  };
}
