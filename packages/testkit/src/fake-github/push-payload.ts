import { crc32 } from "node:zlib";
import { pushPayload as githubPushPayload } from "@fmg/github/testing";

export interface Push {
  /** "octo/repo" */
  readonly repository: string;
  /** "refs/heads/main" or "refs/tags/v1" */
  readonly ref: string;
  /** The commit. */
  readonly sha: string;
  /** Of an annotated tag: the tag object, which GitHub calls `after`. */
  readonly tagObject?: string;
  readonly message: string;
  /** GitHub's own address, or that of the git server that plays it. */
  readonly serverUrl: string;
}

/** The payload of a push to a repository of the given server; each repository has an id of its own, as on GitHub. */
export function pushPayload({ repository, ref, sha, tagObject, message, serverUrl }: Push): object {
  return githubPushPayload({
    repo: repository,
    repoId: crc32(repository),
    ref,
    after: tagObject ?? sha,
    headCommitId: sha,
    message,
    cloneUrl: `${serverUrl}/${repository}.git`,
  });
}
