import type { Attempt, Job, Pipeline } from "@fmg/client";
import { boolean, integer, string } from "@oclif/core/flags";

import { hasFailed, jobLabel, quoted } from "../choose-job.ts";
import { CliError, exitCodes } from "../errors.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { findPipeline } from "../find-pipeline.ts";
import { amongJobs, attemptsMeant, nameIn, type JobsMeant } from "../jobs-meant.ts";
import type { Target } from "../log/target.ts";
import { followLog } from "../log/follow-log.ts";
import { printLog, type LogPart } from "../log/print-log.ts";
import { awaitJobs } from "../log/await-jobs.ts";
import { printRejection } from "../log/print-rejection.ts";
import type { PipelineReference } from "../pipeline-reference.ts";
import { jobArg, nodeFlag, pipelineArg } from "../reference-args.ts";
import { chooseNode, oneJobOf } from "../prompts.ts";

/** `fmg logs` */
export class Logs extends FmgCommand {
  static override summary = "Print the log of a job, or follow it.";
  static override usage =
    "logs <pipeline_id> [job_name] [--follow] [--node <n>] [--failed] [--step <step>] [--tail <n>] [--exit-status]";
  static override args = {
    pipeline_id: pipelineArg,
    job_name: jobArg,
  };
  static override flags = {
    follow: boolean({
      char: "f",
      description: "from the beginning until the job ends; Ctrl-C only detaches",
    }),
    ...nodeFlag,
    failed: boolean({ exclusive: ["follow", "node"], description: "the logs of all jobs that failed" }),
    step: string({
      helpValue: "<step>",
      exclusive: ["follow"],
      description: "one step alone: its number from 0, or how its name begins",
    }),
    tail: integer({
      min: 1,
      max: 100_000,
      helpValue: "<n>",
      exclusive: ["follow"],
      description: "the last lines",
    }),
    "exit-status": boolean({ description: "exit with 1 when the job failed, with 7 when it was cancelled" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs);
    if (flags.failed && args.job_name !== undefined) {
      throw new CliError("usage", "--failed takes no job name", ["It prints every job that failed."]);
    }
    await this.withServer(flags, async (session) => {
      const ended = await logs(session, args.pipeline_id, { ...flags, jobName: args.job_name });
      if (flags["exit-status"]) process.exitCode = exitStatus(ended);
    });
  }
}

interface Wanted extends LogPart {
  readonly jobName: string | undefined;
  readonly follow: boolean;
  readonly failed: boolean;
  readonly node?: number | undefined;
}

/** What counts for `--exit-status`. */
type Ended = Pick<Job, "status" | "reason">;

async function logs(
  session: Session,
  reference: PipelineReference,
  wanted: Wanted,
): Promise<readonly Ended[]> {
  const found = await findPipeline(session.client, reference);
  const detach = detachOnInterrupt(wanted.follow);
  try {
    detach.say(found.id, followCommand(found.id, wanted.jobName));
    const { pipeline, jobs } = await (wanted.follow
      ? awaitJobs(session, found, detach.signal)
      : { pipeline: found, jobs: await jobsOf(session, found) });
    if (jobs.length === 0) return [await printJobless(session, pipeline)];
    if (wanted.failed) return await printFailed(session, pipeline, jobs, wanted);
    const named = amongJobs(pipeline, jobs, wanted.jobName ?? nameIn(reference), "fmg logs");
    const target = await chooseTarget(session, named, wanted.node);
    detach.say(pipeline.id, followCommand(pipeline.id, target.label, target.node));
    if (!wanted.follow) return [await printLog(session, target, wanted)];
    return [await followLog(session, target, detach.signal)];
  } catch (thrown) {
    if (detach.signal.aborted) throw detach.error();
    throw thrown;
  } finally {
    detach.stop();
  }
}

async function jobsOf({ client }: Session, pipeline: Pipeline): Promise<readonly Job[]> {
  return (await client.listJobs({ params: { id: pipeline.id } })).items;
}

/** A pipeline without jobs: its config was refused, it had nothing to run, or it is not compiled yet. */
async function printJobless(session: Session, pipeline: Pipeline): Promise<Ended> {
  await printRejection(session.ui, pipeline);
  return pipeline;
}

async function printFailed(
  session: Session,
  pipeline: Pipeline,
  jobs: readonly Job[],
  part: LogPart,
): Promise<readonly Ended[]> {
  const failed = jobs.filter(hasFailed);
  if (failed.length === 0) session.ui.note(`No job of pipeline ${pipeline.id} failed.`);
  for (const job of failed) {
    for (const target of targetsOf(pipeline, job, jobs)) await printLog(session, target, part);
  }
  return failed;
}

function targetsOf(pipeline: Pipeline, job: Job, jobs: readonly Job[]): Target[] {
  const label = jobLabel(job, jobs);
  if (job.attempts.length < 2) return [{ pipeline, job, label }];
  return job.attempts.map((attempt) => ({ pipeline, job, label, node: attempt.nodeIndex, attempt }));
}

async function chooseTarget(
  { ui, client }: Session,
  found: JobsMeant,
  node: number | undefined,
): Promise<Target> {
  const { pipeline, attempt } = found;
  const { job, label } = await oneJobOf(ui, found, "fmg logs");
  const target = { pipeline, job, label, attemptNumber: attempt };
  const attempts = await attemptsMeant(client, { job, label }, { attempt, node });
  const [first, ...others] = attempts;
  if (node !== undefined && first !== undefined) return { ...target, node, attempt: first };
  if (others.length === 0) {
    return attempt === undefined || first === undefined ? target : { ...target, attempt: first };
  }
  if (!ui.canPrompt) throw severalNodes(target, attempts);
  const chosen = await chooseNode(ui, attempts, label);
  return { ...target, node: chosen.nodeIndex, attempt: chosen };
}

function severalNodes({ pipeline, label }: Target, attempts: readonly Attempt[]): CliError {
  const nodes = attempts.map(({ nodeIndex }) => nodeIndex);
  const message = `job "${label}" of pipeline ${pipeline.id} ran on ${nodes.length} nodes: ${nodes.join(", ")}`;
  return new CliError("usage", message, [
    `Name one: fmg logs ${pipeline.id} ${quoted(label)} --node ${nodes[0]}`,
  ]);
}

function followCommand(pipelineId: number, job: string | undefined, node?: number): string {
  const words = ["fmg logs", pipelineId, ...(job === undefined ? [] : [quoted(job)])];
  return [...words, ...(node === undefined ? [] : ["--node", node]), "--follow"].join(" ");
}

/** Ctrl-C while following ends fmg, never the job; elsewhere it ends fmg as it ends any program. */
function detachOnInterrupt(follow: boolean) {
  const controller = new AbortController();
  let hint: readonly string[] = [];
  const interrupted = (): void => controller.abort(new Error("interrupted"));
  if (follow) process.once("SIGINT", interrupted);
  return {
    signal: controller.signal,
    say(pipelineId: number, command: string): void {
      hint = [`Detached. Pipeline ${pipelineId} goes on: ${command}`];
    },
    error: () => new CliError("interrupted", "interrupted", hint),
    stop(): void {
      process.off("SIGINT", interrupted);
    },
  };
}

function exitStatus(ended: readonly Ended[]): number {
  if (ended.some(isBad)) return exitCodes.failed;
  return ended.some(({ status }) => status === "canceled") ? exitCodes.canceled : 0;
}

/** A job that was left out by a filter is not bad; one whose requirement failed is. */
function isBad({ status, reason }: Ended): boolean {
  return status === "failure" || status === "error" || (status === "skipped" && reason === "upstream_failed");
}
