import type { Artifact } from "@fmg/client";
import { string } from "@oclif/core/flags";

import { FmgCommand, type Session } from "../../fmg-command.ts";
import { bytesText } from "../../format.ts";
import { formatFlag, printItems, type View } from "../../print-items.ts";
import { nodeLabel } from "../../jobs-meant.ts";
import { jobsArg, pipelineArg } from "../../reference-args.ts";
import { plain } from "../../ui.ts";
import { artifactDocument, findArtifacts, type ArtifactsWanted } from "./found-artifacts.ts";

/** `fmg artifacts list <pipeline_id> [job_name]` */
export class ListArtifacts extends FmgCommand {
  static override summary = "Show the files that jobs kept.";
  static override usage = "artifacts list <pipeline_id> [job_name] [--glob <pattern>] [--format <template>]";
  static override args = {
    pipeline_id: pipelineArg,
    job_name: jobsArg,
  };
  static override flags = {
    ...formatFlag,
    glob: string({ helpValue: "<pattern>", description: "those alone whose path matches: **/*.xml" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ListArtifacts);
    const { pipeline_id: pipeline, job_name: job } = args;
    const wanted = { pipeline, job, glob: flags.glob, command: "fmg artifacts list" };
    await this.withServer(flags, (session) => list(session, wanted));
  }
}

async function list(session: Session, wanted: ArtifactsWanted): Promise<void> {
  const { ui } = session;
  const { pipeline, found } = await findArtifacts(session, wanted);
  const labels = new Map(
    found.map(({ artifact, from }) => [artifact.id, nodeLabel(from, artifact.nodeIndex)]),
  );
  const size = (bytes: number): string => (ui.plain ? String(bytes) : bytesText(bytes));
  const view: View<Artifact> = {
    id: ({ id }) => id,
    row: ({ id, sizeBytes, path }) => [labels.get(id)!, size(sizeBytes), plain(path)],
    right: [1],
  };
  const what = wanted.glob === undefined ? "No artifacts" : `No artifacts that match ${wanted.glob}`;
  const page = { items: found.map(artifactDocument), next: null };
  await printItems(ui, page, view, `${what} in pipeline ${pipeline.id}.`);
}
