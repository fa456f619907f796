import { join } from "node:path";
import { string } from "@oclif/core/flags";

import { CliError } from "../../errors.ts";
import { FmgCommand, type Session } from "../../fmg-command.ts";
import { bytesText } from "../../format.ts";
import { jobsArg, pipelineArg } from "../../reference-args.ts";
import { openProgress } from "../../progress.ts";
import { plain } from "../../ui.ts";
import { isSafePath, writeWhole } from "../../whole-file.ts";
import {
  artifactDocument,
  findArtifacts,
  type ArtifactsWanted,
  type FoundArtifact,
} from "./found-artifacts.ts";

/** `fmg artifacts get <pipeline_id> [job_name]` */
export class GetArtifacts extends FmgCommand {
  static override summary = "Fetch the files that jobs kept.";
  static override usage = "artifacts get <pipeline_id> [job_name] [--glob <pattern>] [--out <folder>]";
  static override args = {
    pipeline_id: pipelineArg,
    job_name: jobsArg,
  };
  static override flags = {
    glob: string({ helpValue: "<pattern>", description: "those alone whose path matches: **/*.xml" }),
    out: string({ helpValue: "<folder>", description: "where to; fmg-artifacts-<pipeline> unless told" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(GetArtifacts);
    const { pipeline_id: pipeline, job_name: job } = args;
    const wanted = { pipeline, job, glob: flags.glob, command: "fmg artifacts get" };
    await this.withServer(flags, (session) => get(session, wanted, flags.out));
  }
}

async function get(session: Session, wanted: ArtifactsWanted, out: string | undefined): Promise<void> {
  const { ui, client } = session;
  const { pipeline, found, isOne } = await findArtifacts(session, wanted);
  if (found.length === 0) throw nothingFound(pipeline.id, wanted);
  const folder = out ?? `fmg-artifacts-${pipeline.id}`;
  const items: object[] = [];
  const refused: string[] = [];
  let sizeBytes = 0;
  const total = found.reduce((sum, { artifact }) => sum + artifact.sizeBytes, 0);
  const progress = openProgress(ui, total);
  for (const each of found) {
    const path = pathBelow(each, isOne);
    if (!isSafePath(path)) {
      refused.push(plain(path).slice(0, 200));
      continue;
    }
    const file = join(folder, path);
    await writeWhole(progress.of(client.readArtifact(each.artifact.id)), { file, folder }).finally(() =>
      progress.clear(),
    );
    sizeBytes += each.artifact.sizeBytes;
    if (ui.json) items.push({ ...artifactDocument(each), file });
    else await ui.line(ui.quiet ? String(each.artifact.id) : plain(file));
  }
  if (refused.length > 0) throw unsafe(refused);
  if (ui.json) return ui.document({ items, next: null });
  ui.note(`${found.length === 1 ? "1 file" : `${found.length} files`}, ${bytesText(sizeBytes)}`);
}

/** Each job its folder where there are several, and each node its own where a job has several. */
function pathBelow({ artifact, from }: FoundArtifact, isOne: boolean): string {
  const job = isOne ? [] : [from.label];
  const node = from.job.attempts.length < 2 ? [] : [`node-${artifact.nodeIndex}`];
  return [...job, ...node, artifact.path].join("/");
}

function nothingFound(pipelineId: number, { glob }: ArtifactsWanted): CliError {
  const what = glob === undefined ? "" : ` that match ${plain(glob)}`;
  return new CliError("not-found", `pipeline ${pipelineId} has no artifacts${what}`, [
    `All of them:  fmg artifacts list ${pipelineId}`,
  ]);
}

function unsafe(paths: readonly string[]): CliError {
  const what = paths.length === 1 ? "1 artifact has a name" : `${paths.length} artifacts have names`;
  return new CliError(
    "failed",
    `${what} that cannot be a file's here; the others were fetched`,
    paths.slice(0, 20),
  );
}
