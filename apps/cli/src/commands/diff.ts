import type { Diff, JobDiff } from "@fmg/client";

import { findPipeline } from "../find-pipeline.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { durationText } from "../format.ts";
import { laterPipelineArg, pipelineArg } from "../reference-args.ts";
import { plain, type Ui } from "../ui.ts";

/** Durations vary; less than this part of the longer one is no news. */
const noise = 0.1;

/** `fmg diff` */
export class DiffCommand extends FmgCommand {
  static override summary = "Show what changed between two pipelines.";
  static override usage = "diff <pipeline_id> <pipeline_id>";
  static override args = {
    before: pipelineArg,
    after: laterPipelineArg,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(DiffCommand);
    await this.withServer(flags, async ({ client, ui }: Session) => {
      const before = await findPipeline(client, args.before);
      const after = await findPipeline(client, args.after);
      const diff = await client.diffPipelines({ params: { id: after.id }, query: { before: before.id } });
      if (ui.json) return ui.document(diff);
      for (const line of linesOf(diff, ui)) await ui.line(line);
    });
  }
}

function linesOf({ before, after, parameters, orbs, jobs }: Diff, ui: Ui): string[] {
  const commit = (side: Diff["before"]): string =>
    `#${side.id} ${side.sha.slice(0, 7)} ${ui.status(side.status)}  ${plain(side.subject)}`;
  const lines = [
    `- ${commit(before)}`,
    `+ ${commit(after)}`,
    ...parameters.map((each) => changed(each.path, each.before, each.after)),
    ...orbs.map((each) => changed(`orb ${each.reference}`, each.before, each.after)),
  ];
  const changes = jobs.flatMap((job) => {
    const own = linesOfJob(job, ui);
    return own.length === 0
      ? []
      : [`${plain(job.workflow)}/${plain(job.name)}`, ...own.map((line) => `  ${line}`)];
  });
  return [...lines, ...(changes.length === 0 ? ["Its jobs are the same."] : changes)];
}

function linesOfJob(job: JobDiff, ui: Ui): string[] {
  const { change, status, config, images, variables, contexts, caches, newlyFailing } = job;
  if (change !== "kept") return [`the job was ${change}`];
  return [
    ...(status.before === status.after
      ? []
      : [`status: ${ui.status(status.before ?? "pending")} -> ${ui.status(status.after ?? "pending")}`]),
    ...newlyFailing.map(
      ({ name, file }) => `newly failing: ${plain(file === "" ? name : `${name} (${file})`)}`,
    ),
    ...config.map((each) => changed(each.path, each.before, each.after)),
    ...images.map((each) => changed(`image ${each.position}`, each.before, each.after)),
    ...names("variable", variables),
    ...names("context", contexts),
    ...caches.map((each) => changed(each.step, each.before, each.after)),
    ...durationLines(job),
  ];
}

function durationLines({ durationMs: { before, after } }: JobDiff): string[] {
  if (before === null || after === null) return [];
  if (Math.abs(after - before) < Math.max(1000, noise * Math.max(before, after))) return [];
  return [`took ${durationText(before)} -> ${durationText(after)}`];
}

function names(word: string, { added, removed }: JobDiff["variables"]): string[] {
  return [
    ...added.map((name) => `${word} added: ${plain(name)}`),
    ...removed.map((name) => `${word} removed: ${plain(name)}`),
  ];
}

function changed(what: string, before: string | null, after: string | null): string {
  const side = (text: string | null): string => (text === null ? "(none)" : plain(text));
  return `${plain(what)}: ${side(before)} -> ${side(after)}`;
}
