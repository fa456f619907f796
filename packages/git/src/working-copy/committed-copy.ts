import type { Mirror } from "../mirror.ts";

export interface WorkingCopyInput {
  /** The root of a git repository's working tree, or a folder that is in none. */
  readonly root: string;
  /** An empty folder of ours, for the objects; whoever made it removes it. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/** A commit of a working copy, and how the pack of one more depth comes into the mirror. */
export interface CommittedCopy {
  /** The checked out commit where nothing differs from it, else one on top of it that no repository has. */
  readonly sha: string;
  /** The checked out commit; undefined: there is none. */
  readonly head: string | undefined;
  readonly subject: string;
  readonly mirror: Mirror;
  bring(depth: number): Promise<void>;
}
