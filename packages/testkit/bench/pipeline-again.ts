import { deliver } from "../src/fake-github/deliver.ts";
import { pushPayload } from "../src/fake-github/push-payload.ts";
import type { Stack } from "../src/stack.ts";

/** Pushes a commit that was built before again; the time is the pipeline's own, from its acceptance to its end, in milliseconds. */
export async function pipelineAgain(
  stack: Stack,
  { repository, sha }: { readonly repository: string; readonly sha: string },
): Promise<number> {
  const answer = await deliver({
    url: `${stack.api.url}/webhook`,
    event: "push",
    payload: pushPayload({
      repository,
      ref: "refs/heads/main",
      sha,
      message: "again",
      serverUrl: stack.git.url,
    }),
    secret: stack.webhookSecret,
  });
  const { pipelineId } = (await answer.json()) as { pipelineId: number };
  await stack.waitForPipeline(pipelineId, "success");
  const { createdAt, finishedAt } = await stack.get<{ createdAt: string; finishedAt: string }>(
    `/pipelines/${pipelineId}`,
  );
  return Date.parse(finishedAt) - Date.parse(createdAt);
}
