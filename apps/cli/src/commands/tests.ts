import type { Test } from "@fmg/client";
import { boolean, integer } from "@oclif/core/flags";

import { FmgCommand, type Session } from "../fmg-command.ts";
import { durationText } from "../format.ts";
import { allPages, jobsMeant, nodeLabel, refuseAttempt, type LabelledJob } from "../jobs-meant.ts";
import type { PipelineReference } from "../pipeline-reference.ts";
import { pipelineArg, jobsArg } from "../reference-args.ts";
import { formatFlag, linesOf, type View } from "../print-items.ts";
import { plain, type Ui } from "../ui.ts";

const pageSize = 1000;

/** `fmg tests` */
export class Tests extends FmgCommand {
  static override summary = "Show the tests that failed, with their messages.";
  static override usage = "tests <pipeline_id> [job_name] [--flaky | --slowest <n>] [--format <template>]";
  static override args = {
    pipeline_id: pipelineArg,
    job_name: jobsArg,
  };
  static override flags = {
    ...formatFlag,
    flaky: boolean({
      exclusive: ["slowest"],
      description: "those that passed and failed on the same commit, in the same job",
    }),
    slowest: integer({ min: 1, helpValue: "<n>", description: "the n that took longest" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Tests);
    await this.withServer(flags, (session) =>
      tests(session, args.pipeline_id, { job: args.job_name, flaky: flags.flaky, slowest: flags.slowest }),
    );
  }
}

interface Wanted {
  readonly job: string | undefined;
  readonly flaky: boolean;
  readonly slowest: number | undefined;
}

interface Found {
  readonly test: Test;
  readonly from: LabelledJob;
}

async function tests(session: Session, reference: PipelineReference, wanted: Wanted): Promise<void> {
  const { ui } = session;
  const jobs = await jobsMeant(session, reference, wanted.job, "fmg tests");
  refuseAttempt(jobs, "fmg tests");
  const { pipeline, meant } = jobs;
  const found: Found[] = [];
  const summaries: string[] = [];
  for (const from of meant) {
    const ofJob = await testsOf(session, from, wanted);
    found.push(...ofJob.found);
    if (ofJob.summary !== undefined) summaries.push(ofJob.summary);
  }
  if (wanted.slowest !== undefined) {
    found.sort((one, other) => other.test.durationMs - one.test.durationMs);
    found.splice(wanted.slowest);
  }
  if (ui.json) return ui.document({ items: found.map(testDocument), next: null });
  if (ui.template !== undefined || ui.plain || ui.quiet) {
    for (const line of linesOf(ui, found.map(testDocument), testView)) await ui.line(line);
    return;
  }
  for (const each of found) await print(ui, each);
  for (const summary of summaries) await ui.line(summary);
  if (summaries.length > 0) return;
  ui.note(`No test results in pipeline ${pipeline.id}. A step store_test_results keeps them.`);
}

/** Failures alone where nothing else is asked for: a page of them is far less than all the tests. */
async function testsOf(
  { client }: Session,
  from: LabelledJob,
  { flaky, slowest }: Wanted,
): Promise<{ readonly found: Found[]; readonly summary: string | undefined }> {
  const params = { id: from.job.id };
  const only = flaky || slowest !== undefined ? {} : { result: "failure" as const };
  let counts = { success: 0, failure: 0, skipped: 0 };
  const pages = allPages(async (cursor) => {
    const page = await client.listTests({ params, query: { ...only, limit: pageSize, ...cursor } });
    counts = page.counts;
    return page;
  });
  const found: Found[] = [];
  for await (const test of pages) if (!flaky || test.flaky) found.push({ test, from });
  const { success, failure, skipped } = counts;
  const summary = `${from.label}: ${success} passed, ${failure} failed, ${skipped} skipped`;
  return { found, summary: success + failure + skipped === 0 ? undefined : summary };
}

const signs = { success: "✓", failure: "✗", skipped: "⊘" } as const;

async function print(ui: Ui, { test, from }: Found): Promise<void> {
  const where = test.file === "" ? test.classname : test.file;
  const more = [where, durationText(test.durationMs), ...(test.flaky ? ["flaky"] : [])].filter(Boolean);
  const label = nodeLabel(from, test.nodeIndex);
  await ui.line(`${signs[test.result]} ${label}  ${plain(test.name)}  (${plain(more.join(", "))})`);
  for (const line of test.message?.split("\n") ?? []) await ui.line(`    ${plain(line)}`);
}

const testView: View<ReturnType<typeof testDocument>> = {
  id: ({ id }) => id,
  row: ({ job, nodeIndex, result, name, file, durationMs }) => [
    plain(job.name),
    String(nodeIndex),
    result,
    plain(name),
    plain(file),
    String(durationMs),
  ],
};

/** As `--json` shows a test: the API's fields, and its job. */
function testDocument({ test, from: { job } }: Found) {
  return { ...test, job: { id: job.id, name: job.name } };
}
