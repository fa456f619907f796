import { awaitState } from "./await-state.ts";
import type { Stack } from "./stack.ts";

/** Approves a job of a pipeline once it is on hold: the named one, else whichever comes first. */
export async function approveHold(stack: Stack, pipelineId: number, name?: string): Promise<void> {
  const held = await awaitState({
    what: `${name ?? "an approval"} of pipeline ${pipelineId} to be on hold`,
    read: async () =>
      (await stack.jobs(pipelineId)).find(
        (job) => job.status === "on_hold" && (name === undefined || job.name === name),
      ),
    judge: (job) => (job === undefined ? "waiting" : "reached"),
    deadlineMs: 30_000,
  });
  const { sha } = await stack.client.getPipeline({ params: { id: pipelineId } });
  await stack.client.approveJob({ params: { id: held!.id }, body: { sha } });
}
