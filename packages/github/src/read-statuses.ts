import type { GitHub } from "./create-github.ts";

/** What stands on a commit in one context. */
export interface ShownStatus {
  readonly state: string;
  readonly description: string | null;
}

/** The newest status of each context; `failed`: GitHub did not say. */
export type ReadStatuses =
  | { readonly kind: "read"; readonly newest: ReadonlyMap<string, ShownStatus> }
  | { readonly kind: "failed"; readonly message: string };

const perPage = 100;
/** GitHub keeps a thousand statuses of a commit and context at most. */
const mostPages = 10;

/** Reads what stands on a commit. Never throws for what GitHub answers. */
export async function readStatuses(
  github: GitHub,
  { owner, repo, sha }: { readonly owner: string; readonly repo: string; readonly sha: string },
  signal: AbortSignal,
): Promise<ReadStatuses> {
  const newest = new Map<string, ShownStatus>();
  try {
    for (let page = 1; page <= mostPages; page++) {
      const { data } = await github.rest.repos.listCommitStatusesForRef({
        owner,
        repo,
        ref: sha,
        per_page: perPage,
        page,
        request: { signal },
      });
      for (const { context, state, description } of data) {
        if (!newest.has(context)) newest.set(context, { state, description });
      }
      if (data.length < perPage) break;
    }
    return { kind: "read", newest };
  } catch (thrown) {
    signal.throwIfAborted();
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { kind: "failed", message: `GitHub did not tell the statuses of ${owner}/${repo}: ${message}` };
  }
}
