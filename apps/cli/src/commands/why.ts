import type { Why } from "@fmg/client";

import { quoted } from "../choose-job.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { jobsMeant, refuseAttempt, type LabelledJob } from "../jobs-meant.ts";
import { printRejection } from "../log/print-rejection.ts";
import type { PipelineReference } from "../pipeline-reference.ts";
import { pipelineArg, jobsArg } from "../reference-args.ts";
import { plain } from "../ui.ts";

/** `fmg why` */
export class WhyCommand extends FmgCommand {
  static override summary = "Tell why a job waits, did not run, failed, or missed a cache.";
  static override usage = "why <pipeline_id> [job_name]";
  static override args = {
    pipeline_id: pipelineArg,
    job_name: jobsArg,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(WhyCommand);
    await this.withServer(flags, (session) => why(session, args.pipeline_id, args.job_name));
  }
}

async function why(session: Session, reference: PipelineReference, job: string | undefined): Promise<void> {
  const { client, ui } = session;
  const found = await jobsMeant(session, reference, job, "fmg why");
  refuseAttempt(found, "fmg why");
  const { pipeline, meant } = found;
  const told = await Promise.all(
    meant.map(async (from) => ({ from, why: await client.whyJob({ params: { id: from.job.id } }) })),
  );
  if (ui.json) return ui.document({ items: told.map((each) => each.why), next: null });
  if (meant.length === 0) return printRejection(ui, pipeline);
  // Of a whole pipeline, what went well needs no word.
  const shown = found.scope !== "job" ? told.filter((each) => each.why.causes.length > 0) : told;
  for (const each of shown) for (const line of linesOf(each.from, each.why)) await ui.line(line);
  if (shown.length === 0) ui.note(`Nothing of pipeline ${pipeline.id} waits, failed or was left out.`);
  const hold = told.find((each) => each.why.status === "on_hold");
  if (hold !== undefined) ui.note(`To let it go:  fmg approve ${pipeline.id} ${quoted(hold.from.label)}`);
}

const words: Readonly<Record<Why["status"], string>> = {
  pending: "waits",
  blocked: "waits",
  queued: "waits",
  on_hold: "is on hold",
  running: "runs",
  success: "succeeded",
  failure: "failed",
  error: "could not run",
  canceled: "was canceled",
  skipped: "did not run",
};

function linesOf({ label }: LabelledJob, { status, causes }: Why): string[] {
  const place = ({ range }: Why["causes"][number]): string =>
    range === undefined ? "" : ` (${plain(range.file)}:${range.start.line})`;
  return [
    `${label} ${words[status]}${causes.length === 0 ? "" : ":"}`,
    ...causes.map((cause) => {
      // A requirement's sentence has its place already.
      const where = cause.kind === "requires" ? "" : place(cause);
      const rule = cause.rule === undefined ? "" : ` [${cause.rule}]`;
      return `  ${plain(cause.message)}${where}${rule}`;
    }),
  ];
}
