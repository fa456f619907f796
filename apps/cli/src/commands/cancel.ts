import type { Job, Pipeline, Workflow } from "@fmg/client";
import { boolean } from "@oclif/core/flags";

import { FmgCommand, type Session } from "../fmg-command.ts";
import { jobsMeant, refuseAttempt, type JobsMeant } from "../jobs-meant.ts";
import type { PipelineReference } from "../pipeline-reference.ts";
import { assertConfirmed } from "../prompts.ts";
import { jobsArg, pipelineArg } from "../reference-args.ts";
import { plain } from "../ui.ts";

const ended: readonly string[] = ["success", "failure", "error", "canceled", "skipped"];

/** `fmg cancel` */
export class Cancel extends FmgCommand {
  static override summary = "Stop a pipeline, one workflow (ci/), or one job of it.";
  static override usage = "cancel <pipeline_id> [job_name] [--yes]";
  static override args = { pipeline_id: pipelineArg, job_name: jobsArg };
  static override flags = {
    yes: boolean({ char: "y", description: "do not ask" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Cancel);
    await this.withServer(flags, (session) =>
      cancel(session, args.pipeline_id, { job: args.job_name, yes: flags.yes }),
    );
  }
}

async function cancel(
  session: Session,
  reference: PipelineReference,
  wanted: { readonly job: string | undefined; readonly yes: boolean },
): Promise<void> {
  const { ui } = session;
  const found = await jobsMeant(session, reference, wanted.job, "fmg cancel");
  refuseAttempt(found, "fmg cancel");
  const what = describe(found);
  await assertConfirmed(ui, `Cancel ${what}?`, wanted.yes);
  const canceled = await stop(session, found);
  if (ui.json) return ui.document(canceled);
  await ui.line(ui.quiet ? String(canceled.id) : `Canceled ${what}`);
}

function stop(
  { client }: Session,
  { scope, pipeline, meant }: JobsMeant,
): Promise<Pipeline | Workflow | Job> {
  switch (scope) {
    case "pipeline":
      return client.cancelPipeline({ params: { id: pipeline.id } });
    case "workflow":
      return client.cancelWorkflow({ params: { id: meant[0]!.job.workflow.id } });
    case "job":
      return client.cancelJob({ params: { id: meant[0]!.job.id } });
  }
}

/** `pipeline 5: build, test`: what has not ended is what stops. */
function describe({ scope, pipeline: { id }, meant }: JobsMeant): string {
  if (scope === "job") return `job "${meant[0]!.label}" of pipeline ${id}`;
  const of =
    scope === "workflow"
      ? `workflow "${plain(meant[0]!.job.workflow.name)}" of pipeline ${id}`
      : `pipeline ${id}`;
  const open = meant.filter(({ job }) => !ended.includes(job.status));
  return open.length === 0 ? of : `${of}: ${open.map(({ label }) => label).join(", ")}`;
}
