import { routes, type NewPipeline } from "@fmg/client";
import { isFmgError, type RepositoryRef, type TriggerEvent } from "@fmg/core";
import { createPipeline, getPipeline, repositoryNamed } from "@fmg/db";
import { isRefName } from "@fmg/github";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { actorOf } from "../plugins/auth.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";
import { pipelineToWire } from "../wire.ts";

/** Pipelines that somebody starts by hand. Their config and its parameters are checked where they are compiled. */
export async function triggerRoutes(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const { db, now, nudger, publicUrl } = adapters;

  serve(app, routes.triggerPipeline, async ({ params, body }, request) => {
    const repository = repositoryNamed(db, params.owner, params.name);
    if (repository === undefined) {
      const name = `${params.owner}/${params.name}`;
      throw new ProblemDetail("not-found", `There is no repository ${name}: a first push connects it.`);
    }
    const ref = wantedRef(body, repository);
    const sha = await shaOf(adapters, repository, { ref, sha: body.sha });
    const trigger: TriggerEvent = {
      kind: "api",
      ref,
      sha,
      baseSha: null,
      // The orchestrator reads it from the commit.
      commit: { subject: "", body: "", authorLogin: null, authorName: null, url: null },
      sender: { login: actorOf(db, request).tokenName ?? "api", id: 0 },
      ...(body.parameters === undefined ? {} : { parameters: body.parameters }),
      ...(body.textParameters === undefined ? {} : { textParameters: body.textParameters }),
    };
    const at = now();
    const pipelineId = createPipeline(db, { trigger, repository, statusTargetBase: publicUrl(), at });
    nudger.nudge({ queue: "pipelines", pipelineId });
    request.log.info({ pipelineId }, "a pipeline was started by hand");
    return pipelineToWire(getPipeline(db, pipelineId)!, publicUrl());
  });
}

/** The branch or tag that is meant: one that git allows, the default branch unless told. */
export function wantedRef(
  { branch, tag }: Pick<NewPipeline, "branch" | "tag">,
  { defaultBranch }: Pick<RepositoryRef, "defaultBranch">,
): TriggerEvent["ref"] {
  if (branch !== undefined && tag !== undefined) {
    throw new ProblemDetail("invalid-request", "A pipeline is of a branch or of a tag: give one of them.");
  }
  const name = tag ?? branch ?? defaultBranch;
  if (!isRefName(name))
    throw new ProblemDetail("invalid-request", "git has no such name for a branch or tag.");
  return { kind: tag === undefined ? "branch" : "tag", name };
}

/** The tip of the branch or tag, or a commit that somebody named and that is on it. */
async function shaOf(
  { resolveRef, isOnRef }: Adapters,
  { cloneUrl, owner, name }: RepositoryRef,
  { ref, sha }: { readonly ref: TriggerEvent["ref"]; readonly sha: string | undefined },
): Promise<string> {
  const fullName = ref.kind === "branch" ? `refs/heads/${ref.name}` : `refs/tags/${ref.name}`;
  const where = `${ref.kind} "${ref.name}"`;
  try {
    if (sha === undefined) {
      const tip = await resolveRef(cloneUrl, fullName);
      if (tip === undefined) throw new ProblemDetail("not-found", `${owner}/${name} has no ${where}.`);
      return tip;
    }
    // Else the commit of a fork would run as the repository's own, with its secrets. (SEC-7)
    if (await isOnRef(cloneUrl, fullName, sha)) return sha;
  } catch (error) {
    if (!isFmgError(error, "clone_failed")) throw error;
    throw new ProblemDetail("unavailable", error.message);
  }
  throw new ProblemDetail(
    "not-found",
    `Commit ${sha} is not on ${where} of ${owner}/${name}, nor up to 1,000 commits behind its tip: name the branch or tag that it is on.`,
  );
}
