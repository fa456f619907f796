import type { Job, Pipeline, Workflow } from "@fmg/client";
import { string as argument } from "@oclif/core/args";
import { boolean } from "@oclif/core/flags";

import { findJob, jobLabel } from "../choose-job.ts";
import { CliError } from "../errors.ts";
import { findPipeline } from "../find-pipeline.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { readPipelineReference, type PipelineReference } from "../pipeline-reference.ts";
import { plain } from "../ui.ts";

const shellMinutes = 60;

/** `fmg rerun` */
export class Rerun extends FmgCommand {
  static override summary = "Start a pipeline's workflows again, or one job of them.";
  static override usage = "rerun <pipeline_id> [job_name] [--failed | --fresh] [--shell]";
  static override args = {
    pipeline_id: argument({
      required: true,
      description: "5, #5, latest, latest@<branch>, or the address of its page",
    }),
    job_name: argument({ description: "a job's name, workflow/job, or the unique beginning of one" }),
  };
  static override flags = {
    failed: boolean({ description: "only what did not succeed; the rest is carried over" }),
    fresh: boolean({ exclusive: ["failed", "shell"], description: "compile the config anew first" }),
    shell: boolean({ description: `keep containers of jobs that fail for ${shellMinutes} minutes` }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Rerun);
    const reference = readPipelineReference(args.pipeline_id);
    if (args.job_name !== undefined && (flags.failed || flags.fresh)) {
      throw new CliError("usage", "a job is named, and --failed and --fresh are about whole workflows");
    }
    await this.withServer(flags, (session) => rerun(session, reference, { ...flags, job: args.job_name }));
  }
}

interface Wanted {
  readonly job: string | undefined;
  readonly failed: boolean;
  readonly fresh: boolean;
  readonly shell: boolean;
}

async function rerun(session: Session, reference: PipelineReference, wanted: Wanted): Promise<void> {
  const { client, ui } = session;
  const pipeline = await findPipeline(client, reference);
  if (wanted.fresh) return compileAnew(session, pipeline);
  const { items: jobs } = await client.listJobs({ params: { id: pipeline.id } });
  const keep = wanted.shell ? { keepMinutes: shellMinutes } : {};
  const started: Workflow[] = [];
  const from = wanted.failed ? "failed" : "start";
  if (wanted.job !== undefined) {
    const job = findJob(jobs, wanted.job, pipeline.id, "fmg rerun");
    started.push(await client.rerunJob({ params: { id: job.id }, body: keep }));
  } else {
    for (const id of workflowsMeant(jobs, pipeline, wanted.failed)) {
      started.push(await client.rerunWorkflow({ params: { id }, body: { from, ...keep } }));
    }
  }
  if (ui.json) return ui.document({ items: started, next: null });
  for (const workflow of started) {
    const text = `Workflow "${plain(workflow.name)}" of pipeline ${pipeline.id} started again (rerun ${workflow.rerun?.number})`;
    await ui.line(ui.quiet ? String(workflow.id) : text);
  }
  if (wanted.shell)
    ui.note(`When a job has failed:  fmg debug ${pipeline.id} ${exampleJob(jobs, wanted.job)}`);
}

async function compileAnew({ client, ui }: Session, { id }: Pipeline): Promise<void> {
  const pipeline = await client.rerunPipeline({ params: { id } });
  if (ui.json) return ui.document(pipeline);
  await ui.line(ui.quiet ? String(id) : `The config of pipeline ${id} is compiled anew, and run`);
}

/** All workflows that ran, or those with a job that failed or was canceled. */
function workflowsMeant(jobs: readonly Job[], { id, status }: Pipeline, failed: boolean): number[] {
  const isBad = (job: Job): boolean => ["failure", "error", "canceled"].includes(job.status);
  const ran = (job: Job): boolean => job.status !== "skipped";
  const ids = [...new Set(jobs.filter(failed ? isBad : ran).map(({ workflow }) => workflow.id))];
  if (ids.length > 0) return ids;
  const hints = jobs.length === 0 ? [`Compile its config anew:  fmg rerun ${id} --fresh`] : [];
  const why = failed ? "nothing of it failed or was canceled" : `it has run nothing (${status})`;
  throw new CliError("conflict", `pipeline ${id} cannot be started again: ${why}`, hints);
}

function exampleJob(jobs: readonly Job[], named: string | undefined): string {
  const bad = named === undefined ? jobs.find(({ status }) => status === "failure") : undefined;
  return bad === undefined ? (named ?? "<job_name>") : jobLabel(bad, jobs);
}
