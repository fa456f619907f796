import { integer } from "@oclif/core/flags";

import { explainPipeline, type Explanation } from "../explain/explain-pipeline.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { jobsMeant, refuseAttempt } from "../jobs-meant.ts";
import type { PipelineReference } from "../pipeline-reference.ts";
import { jobsArg, pipelineArg } from "../reference-args.ts";
import { plain } from "../ui.ts";

/** `fmg explain` */
export class Explain extends FmgCommand {
  static override summary =
    "Tell what failed in a pipeline: the step, its last lines, its tests, and what changed since it was good.";
  static override usage = "explain <pipeline_id> [job_name] [--lines <n>]";
  static override args = { pipeline_id: pipelineArg, job_name: jobsArg };
  static override flags = {
    lines: integer({ min: 1, max: 1000, default: 80, description: "how many last lines of the failed step" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Explain);
    await this.withServer(flags, (session) => explain(session, args.pipeline_id, args.job_name, flags.lines));
  }
}

async function explain(
  session: Session,
  reference: PipelineReference,
  job: string | undefined,
  lines: number,
): Promise<void> {
  const { ui } = session;
  const found = await jobsMeant(session, reference, job, "fmg explain");
  refuseAttempt(found, "fmg explain");
  const explanation = await explainPipeline(session.client, found, { lines, folder: process.cwd() });
  if (ui.json) return ui.document(explanation);
  for (const line of linesOf(explanation)) await ui.line(line);
}

function linesOf({ pipeline, failures, lastGood, changedFiles }: Explanation): string[] {
  const head = `Pipeline ${pipeline.id} ${pipeline.status}${pipeline.message === null ? "" : `: ${plain(pipeline.message)}`}`;
  return [
    head,
    ...failures.flatMap(failureLines),
    ...(failures.length === 0 ? ["No job of it failed."] : []),
    ...(lastGood === null ? [] : [`Last good on its branch: #${lastGood.id} (${lastGood.sha.slice(0, 7)})`]),
    ...(changedFiles === null ? [] : [`Changed since: ${changedFiles.map(plain).join(", ") || "nothing"}`]),
  ];
}

function failureLines(failure: Explanation["failures"][number]): string[] {
  const { label, node, message, step, lastLines, tests, causes } = failure;
  const where = step === null ? "" : ` in step "${plain(step.name)}"`;
  return [
    "",
    `✗ ${label}${node === null ? "" : ` (node ${node})`}${where}`,
    ...(message ?? "").split("\n").flatMap((line) => (line === "" ? [] : [`  ${plain(line)}`])),
    ...causes.map((cause) => `  ${plain(cause)}`),
    ...tests.failed.map(({ name, file, flaky }) => {
      const mark = flaky ? ", known to be flaky" : "";
      return `  failing test: ${plain(name)} (${plain(file)}${mark})`;
    }),
    ...lastLines.map((line) => `  | ${plain(line)}`),
  ];
}
