import type { Job } from "@fmg/client";
import { string as argument } from "@oclif/core/args";
import { string } from "@oclif/core/flags";

import { findJob, jobLabel, quoted } from "../choose-job.ts";
import { CliError } from "../errors.ts";
import { findPipeline } from "../find-pipeline.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { readPipelineReference, type PipelineReference } from "../pipeline-reference.ts";
import { chooseJob } from "../prompts.ts";

/** `fmg approve` */
export class Approve extends FmgCommand {
  static override summary = "Let an approval that is on hold go.";
  static override usage = "approve <pipeline_id> [job_name] [--note <text>]";
  static override args = {
    pipeline_id: argument({
      required: true,
      description: "5, #5, latest, latest@<branch>, or the address of its page",
    }),
    job_name: argument({ description: "a job's name, workflow/job, or the unique beginning of one" }),
  };
  static override flags = {
    note: string({ helpValue: "<text>", description: "why, for those who look later" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Approve);
    const reference = readPipelineReference(args.pipeline_id);
    await this.withServer(flags, (session) =>
      approve(session, reference, { job: args.job_name, note: flags.note }),
    );
  }
}

async function approve(
  session: Session,
  reference: PipelineReference,
  wanted: { readonly job: string | undefined; readonly note: string | undefined },
): Promise<void> {
  const { client, ui } = session;
  const pipeline = await findPipeline(client, reference);
  const { items: jobs } = await client.listJobs({ params: { id: pipeline.id } });
  const job =
    wanted.job === undefined
      ? await theHold(session, jobs, pipeline.id)
      : findJob(jobs, wanted.job, pipeline.id, "fmg approve");
  const approved = await client.approveJob({
    params: { id: job.id },
    // What was looked at is what is approved: the server holds it against its own.
    body: { sha: pipeline.sha, ...(wanted.note === undefined ? {} : { note: wanted.note }) },
  });
  if (ui.json) return ui.document(approved);
  const label = jobLabel(job, jobs);
  const text = `Approved "${label}" of pipeline ${pipeline.id} at ${pipeline.sha.slice(0, 7)}`;
  await ui.line(ui.quiet ? String(approved.id) : text);
}

/** The one hold that there is, or the one that a person chooses. */
async function theHold({ ui }: Session, jobs: readonly Job[], id: number): Promise<Job> {
  const holds = jobs.filter(({ status }) => status === "on_hold");
  const [first, ...others] = holds;
  if (first === undefined) {
    throw new CliError("conflict", `nothing of pipeline ${id} waits for an approval`, [
      `What it does:  fmg why ${id}`,
    ]);
  }
  if (others.length === 0) return first;
  if (ui.canPrompt) return chooseJob(ui, holds, id);
  const labels = holds.map((hold) => jobLabel(hold, jobs));
  throw new CliError("usage", `pipeline ${id} has ${holds.length} holds: ${labels.join(", ")}`, [
    `Name one:  fmg approve ${id} ${quoted(labels[0]!)}`,
  ]);
}
