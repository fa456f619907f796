import { string as argument } from "@oclif/core/args";
import { string } from "@oclif/core/flags";

import { FmgCommand, type Session } from "../../fmg-command.ts";
import { bytesText } from "../../format.ts";
import { nodeLabel } from "../../jobs-meant.ts";
import { plain } from "../../ui.ts";
import { artifactDocument, findArtifacts, type ArtifactsWanted } from "./found-artifacts.ts";

/** `fmg artifacts list <pipeline_id> [job_name]` */
export class ListArtifacts extends FmgCommand {
  static override summary = "Show the files that jobs kept.";
  static override usage = "artifacts list <pipeline_id> [job_name] [--glob <pattern>]";
  static override args = {
    pipeline_id: argument({
      required: true,
      description: "5, #5, latest, latest@<branch>, or the address of its page",
    }),
    job_name: argument({ description: "a job's name, workflow/job, or the unique beginning of one" }),
  };
  static override flags = {
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
  if (ui.json) return ui.document({ items: found.map(artifactDocument), next: null });
  const rows = found.map(({ artifact, from }) => ({
    artifact,
    label: nodeLabel(from, artifact.nodeIndex),
    size: bytesText(artifact.sizeBytes),
  }));
  const labelWidth = Math.max(0, ...rows.map(({ label }) => label.length));
  const sizeWidth = Math.max(0, ...rows.map(({ size }) => size.length));
  for (const { artifact, label, size } of rows) {
    const columns = `${label.padEnd(labelWidth)}  ${size.padStart(sizeWidth)}  ${plain(artifact.path)}`;
    await ui.line(ui.quiet ? String(artifact.id) : columns);
  }
  if (found.length > 0) return;
  const what = wanted.glob === undefined ? "No artifacts" : `No artifacts that match ${wanted.glob}`;
  ui.note(`${what} in pipeline ${pipeline.id}.`);
}
