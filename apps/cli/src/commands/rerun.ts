import type { Pipeline, Workflow } from "@fmg/client";
import { boolean } from "@oclif/core/flags";

import { quoted } from "../choose-job.ts";
import { CliError } from "../errors.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { jobsMeant, refuseAttempt, type JobsMeant } from "../jobs-meant.ts";
import type { PipelineReference } from "../pipeline-reference.ts";
import { workflowsMeant } from "../rerun-targets.ts";
import { pipelineArg, jobsArg } from "../reference-args.ts";
import { plain } from "../ui.ts";

const shellMinutes = 60;

/** `fmg rerun` */
export class Rerun extends FmgCommand {
  static override summary = "Start a pipeline's workflows again, one of them (ci/), or one job.";
  static override usage = "rerun <pipeline_id> [job_name] [--failed | --fresh] [--clean-cache] [--shell]";
  static override args = {
    pipeline_id: pipelineArg,
    job_name: jobsArg,
  };
  static override flags = {
    failed: boolean({ description: "only what did not succeed; the rest is carried over" }),
    "clean-cache": boolean({ description: "without the caches that were saved before" }),
    fresh: boolean({
      exclusive: ["failed", "shell", "clean-cache"],
      description: "compile the config anew first",
    }),
    shell: boolean({ description: `keep containers of jobs that fail for ${shellMinutes} minutes` }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Rerun);
    await this.withServer(flags, (session) =>
      rerun(session, args.pipeline_id, {
        ...flags,
        job: args.job_name,
        cleanCache: flags["clean-cache"],
      }),
    );
  }
}

interface Wanted {
  readonly job: string | undefined;
  readonly failed: boolean;
  readonly fresh: boolean;
  readonly cleanCache: boolean;
  readonly shell: boolean;
}

async function rerun(session: Session, reference: PipelineReference, wanted: Wanted): Promise<void> {
  const { client, ui } = session;
  const found = await jobsMeant(session, reference, wanted.job, "fmg rerun");
  assertWhole(found, wanted);
  const { pipeline } = found;
  if (wanted.fresh) return compileAnew(session, pipeline);
  const how = {
    ...(wanted.shell ? { keepMinutes: shellMinutes } : {}),
    ...(wanted.cleanCache ? { cleanCache: true } : {}),
  };
  const started: Workflow[] = [];
  const from = wanted.failed ? "failed" : "start";
  if (found.scope === "job") {
    started.push(await client.rerunJob({ params: { id: found.meant[0]!.job.id }, body: how }));
  } else {
    for (const id of workflowsMeant(found, wanted.failed)) {
      started.push(await client.rerunWorkflow({ params: { id }, body: { from, ...how } }));
    }
  }
  if (ui.json) return ui.document({ items: started, next: null });
  for (const workflow of started) {
    const text = `Workflow "${plain(workflow.name)}" of pipeline ${pipeline.id} started again (rerun ${workflow.rerun?.number})`;
    await ui.line(ui.quiet ? String(workflow.id) : text);
  }
  if (wanted.shell) ui.note(`When a job has failed:  fmg debug ${pipeline.id} ${exampleJob(found)}`);
}

function assertWhole(found: JobsMeant, { failed, fresh }: Wanted): void {
  refuseAttempt(found, "fmg rerun");
  if (fresh && found.scope !== "pipeline") {
    throw new CliError("usage", "--fresh is about a whole pipeline, and a part of it is named", [
      `All of it:  fmg rerun ${found.pipeline.id} --fresh`,
    ]);
  }
  if (failed && found.scope === "job") {
    throw new CliError("usage", "--failed is about whole workflows, and a job is named", [
      `All of its workflow that failed:  fmg rerun ${found.pipeline.id} ${found.meant[0]!.job.workflow.name}/ --failed`,
    ]);
  }
}

async function compileAnew({ client, ui }: Session, { id }: Pipeline): Promise<void> {
  const pipeline = await client.rerunPipeline({ params: { id } });
  if (ui.json) return ui.document(pipeline);
  await ui.line(ui.quiet ? String(id) : `The config of pipeline ${id} is compiled anew, and run`);
}

function exampleJob({ scope, meant }: JobsMeant): string {
  const bad = scope === "job" ? meant[0] : meant.find(({ job }) => job.status === "failure");
  return bad === undefined ? "<job_name>" : quoted(bad.label);
}
