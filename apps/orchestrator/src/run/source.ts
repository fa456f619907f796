import { join } from "node:path";
import type { RepositoryRef, TriggerEvent } from "@fmg/core";
import { fetchCommit, treeAsTar } from "@fmg/git";
import type { SourceProvider } from "@fmg/runner";
import type { Services } from "../services.ts";

/** The part of a pipeline that says which commit of which repository is meant. */
export interface SourceOf {
  readonly repository: RepositoryRef;
  readonly event: TriggerEvent;
}

/** The folder of all mirrors. */
export function mirrorsDir({ settings }: Pick<Services, "settings">): string {
  return join(settings.workspaceRoot, "mirrors");
}

/** Where the mirror of a pipeline's repository is, and how its commit is fetched. */
export function mirrorOf(
  { settings }: Pick<Services, "settings">,
  { repository, event }: SourceOf,
  signal: AbortSignal,
): Parameters<typeof fetchCommit>[0] {
  return {
    mirrorsDir: mirrorsDir({ settings }),
    url: repository.cloneUrl,
    sha: event.sha,
    ref: event.ref.kind === "branch" ? `refs/heads/${event.ref.name}` : `refs/tags/${event.ref.name}`,
    ...(settings.githubToken === undefined ? {} : { token: settings.githubToken }),
    signal,
  };
}

/** The pushed commit as the tar that a job's `checkout` unpacks; fetched again when this machine has it not yet. */
export function sourceOf(services: Pick<Services, "settings">, pipeline: SourceOf): SourceProvider {
  const { repository, event } = pipeline;
  return {
    async *asTar({ prefix, uid, gid, depth = services.settings.checkoutDepth, onTree }, signal) {
      const mirror = await fetchCommit({ ...mirrorOf(services, pipeline, signal), depth });
      yield* treeAsTar(mirror, {
        sha: event.sha,
        ...(event.ref.kind === "branch" ? { branch: event.ref.name } : { tag: event.ref.name }),
        originUrl: repository.cloneUrl,
        depth,
        prefix,
        uid,
        gid,
        ...(onTree === undefined ? {} : { onTree }),
      });
    },
  };
}
