import { join } from "node:path";
import type { RepositoryRef, Trust, TriggerEvent } from "@fmg/core";
import { fetchCommit, treeAsTar } from "@fmg/git";
import type { SourceProvider } from "@fmg/runner";
import type { Services } from "../services.ts";

/** The part of a pipeline that says which commit of which repository is meant. */
export interface SourceOf {
  readonly repository: RepositoryRef;
  readonly event: TriggerEvent;
}

/** The same, and whose code it is. */
interface TrustedSource extends SourceOf {
  readonly trust: Trust;
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
export function sourceOf(services: Pick<Services, "settings">, pipeline: TrustedSource): SourceProvider {
  const { repository, event, trust } = pipeline;
  const { checkoutSubmodules, checkoutDepth } = services.settings;
  return {
    async *asTar({ prefix, uid, gid, depth = checkoutDepth, onTree }, signal) {
      const mirror = await fetchCommit({ ...mirrorOf(services, pipeline, signal), depth });
      yield* treeAsTar(mirror, {
        sha: event.sha,
        ...(event.ref.kind === "branch" ? { branch: event.ref.name } : { tag: event.ref.name }),
        originUrl: repository.cloneUrl,
        depth,
        prefix,
        uid,
        gid,
        // Our token opens more repositories than a fork's author may read, and a mirror may have been filled with it.
        ...(checkoutSubmodules === "on" && trust === "own"
          ? { fetchSubmodule: (url, sha) => fetchCommit(submoduleOf(services, { url, sha }, signal)) }
          : {}),
        ...(onTree === undefined ? {} : { onTree }),
      });
    },
  };
}

function submoduleOf(
  { settings }: Pick<Services, "settings">,
  { url, sha }: { readonly url: string; readonly sha: string },
  signal: AbortSignal,
): Parameters<typeof fetchCommit>[0] {
  const token = settings.githubToken;
  // For servers that give out no bare commits: there it is looked for behind the tip.
  const ref = "HEAD";
  return {
    mirrorsDir: mirrorsDir({ settings }),
    url,
    sha,
    ref,
    ...(token === undefined ? {} : { token }),
    signal,
  };
}
