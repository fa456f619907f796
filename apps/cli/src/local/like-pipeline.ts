import type { Client } from "@fmg/client";
import { findPipeline } from "../find-pipeline.ts";
import type { PipelineReference } from "../pipeline-reference.ts";
import type { PipelineName, RunWish } from "./prepare-run.ts";

/**
 * What a run takes over from a server's pipeline: its ref, its kind of trigger, its parameters, its id and number. What is asked for
 * beside it wins. The files are those of the folder all the same.
 */
export async function likePipeline(
  client: Client,
  reference: PipelineReference,
  wish: Pick<RunWish, "branch" | "tag" | "event" | "param">,
): Promise<Pick<RunWish, "branch" | "tag" | "event" | "param"> & { readonly name: PipelineName }> {
  const { uuid, number, branch, tag, trigger } = await findPipeline(client, reference);
  const isOther = wish.branch !== undefined || wish.tag !== undefined;
  return {
    branch: isOther ? wish.branch : (branch ?? undefined),
    tag: isOther ? wish.tag : (tag ?? undefined),
    event: wish.event ?? (trigger.kind === "api" ? "api" : undefined),
    param: [
      ...Object.entries(trigger.parameters).map(([name, value]) => `${name}=${value}`),
      ...(wish.param ?? []),
    ],
    name: { uuid, number },
  };
}
