import { ProblemError, type Client, type Pipeline } from "@fmg/client";

import { CliError } from "./errors.ts";
import type { PipelineReference } from "./pipeline-reference.ts";

/** Beginnings are looked for among so many of the newest pipelines: the server's largest page. */
const newestLooked = 100;

/** The pipeline that a reference means; throws CliError `not-found` with what there is instead. */
export async function findPipeline(client: Client, reference: PipelineReference): Promise<Pipeline> {
  switch (reference.kind) {
    case "id":
      return pipelineById(client, reference.id);
    case "beginning":
      return pipelineByBeginning(client, reference.text);
    case "latest":
      return newestPipeline(client, reference.branch);
  }
}

async function newestPipeline(client: Client, branch: string | undefined): Promise<Pipeline> {
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

async function pipelineByBeginning(client: Client, text: string): Promise<Pipeline> {
  const { items } = await client.listPipelines({ query: { limit: newestLooked } });
  const found = items.filter(({ sha, uuid }) => sha.startsWith(text) || uuid.startsWith(text));
  const [first, ...others] = found;
  if (first === undefined) {
    const message = `no commit or uuid of the newest ${newestLooked} pipelines begins with ${text}`;
    throw new CliError("not-found", message, ["All pipelines:  fmg list --all"]);
  }
  if (others.length === 0) return first;
  const numbers = found.map(({ id }) => `#${id}`).join(", ");
  throw new CliError("usage", `${text} means ${found.length} pipelines: ${numbers}`, [
    `Name one by its number, as in:  fmg logs ${first.id}`,
  ]);
}
