import type { Job, Pipeline } from "@fmg/client";
import { string as argument } from "@oclif/core/args";
import { boolean, integer } from "@oclif/core/flags";

import { findJob, hasFailed, jobLabel, quoted, severalJobs } from "../choose-job.ts";
import { CliError, exitCodes } from "../errors.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { findPipeline } from "../find-pipeline.ts";
import { attemptOf, type Target } from "../log/target.ts";
import { followLog } from "../log/follow-log.ts";
import { printLog } from "../log/print-log.ts";
import { awaitJobs } from "../log/await-jobs.ts";
import { printRejection } from "../log/print-rejection.ts";
import { readPipelineReference, type PipelineReference } from "../pipeline-reference.ts";
import { chooseJob, chooseNode } from "../prompts.ts";

/** `fmg logs` */
export class Logs extends FmgCommand {
  static override summary = "Print the log of a job, or follow it.";
  static override usage = "logs <pipeline_id> [job_name] [--follow] [--node <n>] [--failed] [--exit-status]";
  static override args = {
    pipeline_id: argument({
      required: true,
      description: "5, #5, latest, latest@<branch>, or the address of its page",
    }),
    job_name: argument({ description: "a job's name, workflow/job, or the unique beginning of one" }),
  };
  static override flags = {
    follow: boolean({
      char: "f",
      description: "from the beginning until the job ends; Ctrl-C only detaches",
    }),
    node: integer({ min: 0, helpValue: "<n>", description: "which node of a job with parallelism, from 0" }),
    failed: boolean({ exclusive: ["follow", "node"], description: "the logs of all jobs that failed" }),
    "exit-status": boolean({ description: "exit with 1 when the job failed, with 7 when it was cancelled" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs);
    if (flags.failed && args.job_name !== undefined) {
      throw new CliError("usage", "--failed takes no job name", ["It prints every job that failed."]);
    }
    const reference = readPipelineReference(args.pipeline_id);
    await this.withServer(flags, async (session) => {
      const ended = await logs(session, reference, { ...flags, jobName: args.job_name });
      if (flags["exit-status"]) process.exitCode = exitStatus(ended);
    });
  }
}

interface Wanted {
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
    if (wanted.failed) return await printFailed(session, pipeline, jobs);
    const target = await chooseTarget(session, pipeline, jobs, wanted);
    detach.say(pipeline.id, followCommand(pipeline.id, target.label, target.node));
    if (!wanted.follow) return [await printLog(session, target)];
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
): Promise<readonly Ended[]> {
  const failed = jobs.filter(hasFailed);
  if (failed.length === 0) session.ui.note(`No job of pipeline ${pipeline.id} failed.`);
  for (const job of failed) {
    for (const target of targetsOf(pipeline, job, jobs)) await printLog(session, target);
  }
  return failed;
}

function targetsOf(pipeline: Pipeline, job: Job, jobs: readonly Job[]): Target[] {
  const label = jobLabel(job, jobs);
  if (job.attempts.length < 2) return [{ pipeline, job, label }];
  return job.attempts.map(({ nodeIndex }) => ({ pipeline, job, label, node: nodeIndex }));
}

async function chooseTarget(
  session: Session,
  pipeline: Pipeline,
  jobs: readonly Job[],
  wanted: Wanted,
): Promise<Target> {
  const job = await oneJob(session, pipeline, jobs, wanted.jobName);
  const target = { pipeline, job, label: jobLabel(job, jobs) };
  if (wanted.node !== undefined) {
    const chosen = { ...target, node: wanted.node };
    if (attemptOf(chosen) === undefined) throw noSuchNode(chosen);
    return chosen;
  }
  if (job.attempts.length < 2) return target;
  if (session.ui.canPrompt) return { ...target, node: await chooseNode(session.ui, job, target.label) };
  throw severalNodes(target);
}

async function oneJob(
  { ui }: Session,
  pipeline: Pipeline,
  jobs: readonly Job[],
  name: string | undefined,
): Promise<Job> {
  if (name !== undefined) return findJob(jobs, name, pipeline.id);
  if (jobs.length === 1) return jobs[0]!;
  if (ui.canPrompt) return chooseJob(ui, jobs, pipeline.id);
  throw severalJobs(jobs, pipeline.id);
}

function severalNodes({ pipeline, job, label }: Target): CliError {
  const nodes = job.attempts.map(({ nodeIndex }) => nodeIndex);
  const message = `job "${label}" of pipeline ${pipeline.id} ran on ${nodes.length} nodes: ${nodes.join(", ")}`;
  return new CliError("usage", message, [
    `Name one: fmg logs ${pipeline.id} ${quoted(label)} --node ${nodes[0]}`,
  ]);
}

function noSuchNode({ pipeline, job, label, node }: Target): CliError {
  const message = `job "${label}" of pipeline ${pipeline.id} has no node ${node}`;
  const nodes = job.attempts.map(({ nodeIndex }) => nodeIndex);
  return new CliError("not-found", message, [
    nodes.length === 0 ? "It has not run." : `Its nodes:  ${nodes.join(", ")}`,
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
