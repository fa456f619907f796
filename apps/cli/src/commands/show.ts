import type { Client, Job } from "@fmg/client";
import { boolean } from "@oclif/core/flags";

import { openInBrowser } from "../browser.ts";
import { findPipeline } from "../find-pipeline.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { printRejection } from "../log/print-rejection.ts";
import type { PipelineReference } from "../pipeline-reference.ts";
import { pipelineLines, type ShownStep } from "../pipeline-view/pipeline-lines.ts";
import { formatFlag, printItems } from "../print-items.ts";
import { pipelineArg } from "../reference-args.ts";
import { plain } from "../ui.ts";

/** `fmg show` */
export class Show extends FmgCommand {
  static override summary = "Show a pipeline and its jobs, with times and reasons.";
  static override usage = "show <pipeline_id> [--tree] [--web] [--format <template>]";
  static override args = { pipeline_id: pipelineArg };
  static override flags = {
    ...formatFlag,
    tree: boolean({ description: "with the steps of each job" }),
    web: boolean({ description: "open its page in the browser" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Show);
    await this.withServer(flags, (session) => show(session, args.pipeline_id, flags));
  }
}

interface Wanted {
  readonly tree: boolean;
  readonly web: boolean;
}

async function show(session: Session, reference: PipelineReference, { tree, web }: Wanted): Promise<void> {
  const { client, ui } = session;
  const pipeline = await findPipeline(client, reference);
  if (web) return openInBrowser(ui, pipeline.url);
  const { items: jobs } = await client.listJobs({ params: { id: pipeline.id } });
  const steps = tree ? await stepsOf(client, jobs) : new Map<number, readonly ShownStep[]>();
  if (ui.json) {
    const items = jobs.map((job) => (tree ? { ...job, attempts: withSteps(job, steps) } : job));
    return ui.document({ ...pipeline, jobs: items });
  }
  if (ui.template !== undefined || ui.quiet || ui.plain) {
    return printItems(ui, { items: jobs, next: null }, jobView);
  }
  const shown = { pipeline, jobs, stepsOf: (id: number) => steps.get(id) ?? [] };
  for (const line of pipelineLines(shown, ui, Date.now())) await ui.line(line);
  if (jobs.length === 0) await printRejection(ui, pipeline);
}

const jobView = {
  id: ({ id }: Job) => id,
  row: ({ workflow, name, status, startedAt, finishedAt, message }: Job) => [
    plain(workflow.name),
    plain(name),
    status,
    startedAt ?? "",
    finishedAt ?? "",
    plain(message ?? ""),
  ],
};

async function stepsOf(
  client: Client,
  jobs: readonly Job[],
): Promise<ReadonlyMap<number, readonly ShownStep[]>> {
  const ids = jobs.flatMap(({ attempts }) => attempts.map(({ id }) => id));
  const all = ids.map(async (id) => [id, (await client.listSteps({ params: { id } })).items] as const);
  return new Map(await Promise.all(all));
}

function withSteps({ attempts }: Job, steps: ReadonlyMap<number, readonly ShownStep[]>): object[] {
  return attempts.map((attempt) => ({ ...attempt, steps: steps.get(attempt.id) ?? [] }));
}
