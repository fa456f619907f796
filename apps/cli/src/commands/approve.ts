import type { Job } from "@fmg/client";
import { string } from "@oclif/core/flags";

import { jobLabel, quoted } from "../choose-job.ts";
import { CliError } from "../errors.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { jobsMeant, refuseAttempt } from "../jobs-meant.ts";
import type { PipelineReference } from "../pipeline-reference.ts";
import { pipelineArg, jobsArg } from "../reference-args.ts";
import { chooseJob } from "../prompts.ts";

/** `fmg approve` */
export class Approve extends FmgCommand {
  static override summary = "Let an approval that is on hold go.";
  static override usage = "approve <pipeline_id> [job_name] [--note <text>]";
  static override args = {
    pipeline_id: pipelineArg,
    job_name: jobsArg,
  };
  static override flags = {
    note: string({ helpValue: "<text>", description: "why, for those who look later" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Approve);
    await this.withServer(flags, (session) =>
      approve(session, args.pipeline_id, { job: args.job_name, note: flags.note }),
    );
  }
}

async function approve(
  session: Session,
  reference: PipelineReference,
  wanted: { readonly job: string | undefined; readonly note: string | undefined },
): Promise<void> {
  const { client, ui } = session;
  const found = await jobsMeant(session, reference, wanted.job, "fmg approve");
  refuseAttempt(found, "fmg approve");
  const { pipeline, jobs, scope, meant } = found;
  const job =
    scope === "job"
      ? meant[0]!.job
      : await theHold(
          session,
          meant.map((each) => each.job),
          pipeline.id,
        );
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
  const labels = holds.map((hold) => jobLabel(hold, holds));
  throw new CliError("usage", `pipeline ${id} has ${holds.length} holds: ${labels.join(", ")}`, [
    `Name one:  fmg approve ${id} ${quoted(labels[0]!)}`,
  ]);
}
