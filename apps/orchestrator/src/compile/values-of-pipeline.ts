import { pipelineValues, type PipelineValues } from "@fmg/core";
import type { PipelineRow } from "@fmg/db";

/** Where a repository's config stands. */
export const CONFIG_PATH = ".circleci/config.yml";

/** The `pipeline.*` values of a row: the config is compiled with them, and restrictions of contexts read them. */
export function valuesOfPipeline(pipeline: PipelineRow): PipelineValues {
  return pipelineValues({
    uuid: pipeline.uuid,
    number: pipeline.number,
    repository: pipeline.repository,
    event: pipeline.event,
    receivedAt: new Date(pipeline.createdAt).toISOString(),
    configPath: CONFIG_PATH,
  });
}
