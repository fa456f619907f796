import { setTimeout as pause } from "node:timers/promises";
import type { Job, Pipeline } from "@fmg/client";

import type { Session } from "../fmg-command.ts";

/** Between two looks at a pipeline that is not compiled yet; compiling takes about as long. */
const lookEveryMs = 500;

/** A pipeline with its jobs, as soon as it is compiled; without jobs when there are none to come. */
export async function awaitJobs(
  { ui, client }: Session,
  pipeline: Pipeline,
  signal: AbortSignal,
): Promise<{ pipeline: Pipeline; jobs: readonly Job[] }> {
  let current = pipeline;
  if (current.status === "pending")
    ui.note(`Pipeline ${pipeline.id} is not compiled yet; waiting for its jobs`);
  while (current.status === "pending") {
    await pause(lookEveryMs, undefined, { signal });
    current = await client.getPipeline({ params: { id: pipeline.id } }, { signal });
  }
  const { items } = await client.listJobs({ params: { id: pipeline.id } }, { signal });
  return { pipeline: current, jobs: items };
}
