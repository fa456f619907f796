import { ProblemError, type Client, type Pipeline } from "@fmg/client";

import { CliError } from "./errors.ts";
import type { PipelineReference } from "./pipeline-reference.ts";

/** The pipeline that a reference means; throws CliError `not-found` with what there is instead. */
export async function findPipeline(client: Client, reference: PipelineReference): Promise<Pipeline> {
  if (reference.kind === "id") return pipelineById(client, reference.id);
  const { branch } = reference;
  const query = { limit: 1, ...(branch === undefined ? {} : { branch }) };
  const newest = (await client.listPipelines({ query })).items[0];
  if (newest !== undefined) return newest;
  const where = branch === undefined ? "" : ` on branch "${branch}"`;
  throw new CliError("not-found", `there is no pipeline${where} yet`, ["All pipelines:  fmg list"]);
}

async function pipelineById(client: Client, id: number): Promise<Pipeline> {
  try {
    return await client.getPipeline({ params: { id } });
  } catch (thrown) {
    if (!(thrown instanceof ProblemError) || thrown.status !== 404) throw thrown;
    throw new CliError("not-found", `there is no pipeline ${id}`, ["All pipelines:  fmg list"], {
      cause: thrown,
    });
  }
}
