import type { Job, Pipeline } from "@fmg/client";
import { string as argument } from "@oclif/core/args";
import { boolean } from "@oclif/core/flags";

import { findJob, jobLabel } from "../choose-job.ts";
import { findPipeline } from "../find-pipeline.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { readPipelineReference, type PipelineReference } from "../pipeline-reference.ts";
import { assertConfirmed } from "../prompts.ts";

const ended: readonly string[] = ["success", "failure", "error", "canceled", "skipped"];

/** `fmg cancel` */
export class Cancel extends FmgCommand {
  static override summary = "Stop a pipeline, or one job of it.";
  static override usage = "cancel <pipeline_id> [job_name] [--yes]";
  static override args = {
    pipeline_id: argument({
      required: true,
      description: "5, #5, latest, latest@<branch>, or the address of its page",
    }),
    job_name: argument({ description: "a job's name, workflow/job, or the unique beginning of one" }),
  };
  static override flags = {
    yes: boolean({ char: "y", description: "do not ask" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Cancel);
    const reference = readPipelineReference(args.pipeline_id);
    await this.withServer(flags, (session) =>
      cancel(session, reference, { job: args.job_name, yes: flags.yes }),
    );
  }
}

async function cancel(
  session: Session,
  reference: PipelineReference,
  wanted: { readonly job: string | undefined; readonly yes: boolean },
): Promise<void> {
  const { client, ui } = session;
  const pipeline = await findPipeline(client, reference);
  const { items: jobs } = await client.listJobs({ params: { id: pipeline.id } });
  const job = wanted.job === undefined ? undefined : findJob(jobs, wanted.job, pipeline.id, "fmg cancel");
  const what = describe(pipeline, jobs, job);
  await assertConfirmed(ui, `Cancel ${what}?`, wanted.yes);
  const canceled =
    job === undefined
      ? await client.cancelPipeline({ params: { id: pipeline.id } })
      : await client.cancelJob({ params: { id: job.id } });
  if (ui.json) return ui.document(canceled);
  await ui.line(ui.quiet ? String(canceled.id) : `Canceled ${what}`);
}

/** `pipeline 5: build, test`: what has not ended is what stops. */
function describe({ id }: Pipeline, jobs: readonly Job[], job: Job | undefined): string {
  if (job !== undefined) return `job "${jobLabel(job, jobs)}" of pipeline ${id}`;
  const open = jobs.filter(({ status }) => !ended.includes(status));
  if (open.length === 0) return `pipeline ${id}`;
  return `pipeline ${id}: ${open.map((each) => jobLabel(each, jobs)).join(", ")}`;
}
