import type { Attempt, Job, RemoteTerminal } from "@fmg/client";
import { string as argument } from "@oclif/core/args";
import { integer } from "@oclif/core/flags";

import { findJob, jobLabel } from "../choose-job.ts";
import { CliError } from "../errors.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { findPipeline } from "../find-pipeline.ts";
import { readPipelineReference } from "../pipeline-reference.ts";

/** Ctrl-D: what a terminal says when there is no more input. */
const endOfInput = Uint8Array.of(4);

/** `fmg debug` */
export class Debug extends FmgCommand {
  static override summary = "Open a shell in the kept container of a failed job.";
  static override usage = "debug <pipeline_id> <job_name> [--node <n>] [--ttl <minutes>]";
  static override args = {
    pipeline_id: argument({
      required: true,
      description: "5, #5, latest, latest@<branch>, or the address of its page",
    }),
    job_name: argument({
      required: true,
      description: "a job's name, workflow/job, or the unique beginning of one",
    }),
  };
  static override flags = {
    node: integer({ min: 0, helpValue: "<n>", description: "which node of a job with parallelism, from 0" }),
    ttl: integer({
      min: 1,
      max: 240,
      default: 30,
      helpValue: "<minutes>",
      description: "when the shell ends at the latest",
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Debug);
    const reference = readPipelineReference(args.pipeline_id);
    await this.withServer(flags, async (session) => {
      const { client, ui } = session;
      const pipeline = await findPipeline(client, reference);
      const jobs = (await client.listJobs({ params: { id: pipeline.id } })).items;
      const job = findJob(jobs, args.job_name, pipeline.id);
      const label = jobLabel(job, jobs);
      const attempt = attemptToDebug(job, label, flags.node);
      const opened = await client.openDebugSession({
        params: { id: attempt.id },
        body: { minutes: flags.ttl },
      });
      ui.note(
        `Shell in the container of pipeline ${pipeline.id}, job "${label}", until ${opened.expiresAt}. Ctrl-D leaves.`,
      );
      process.exitCode = await talk(session, opened.id);
    });
  }
}

/** The node that was named, else one that failed, else the only one. */
function attemptToDebug({ attempts }: Job, label: string, node: number | undefined): Attempt {
  const isBad = ({ status }: Attempt): boolean => status === "failure" || status === "error";
  const found =
    node === undefined
      ? (attempts.find(isBad) ?? attempts[0])
      : attempts.find(({ nodeIndex }) => nodeIndex === node);
  if (found !== undefined) return found;
  const nodes = attempts.map(({ nodeIndex }) => nodeIndex);
  throw new CliError(
    "not-found",
    `job "${label}" has no ${node === undefined ? "attempt" : `node ${node}`}`,
    [nodes.length === 0 ? "It has not run." : `Its nodes:  ${nodes.join(", ")}`],
  );
}

/** Puts this terminal on the shell until the shell ends; returns its exit code. */
async function talk({ client }: Session, sessionId: number): Promise<number> {
  const terminal = client.openTerminal(sessionId, (bytes) => void process.stdout.write(bytes));
  // Before anything that is typed, so that the shell never sees another size.
  tellSize(terminal);
  const release = takeOver(terminal);
  try {
    const { why, exitCode } = await terminal.ended;
    if (exitCode !== undefined) return exitCode;
    throw new CliError("failed", `the shell is gone: ${why}`);
  } finally {
    release();
    terminal.close();
  }
}

/** In raw mode every key goes to the shell, Ctrl-C too; the terminal is given back as it was. */
function takeOver(terminal: RemoteTerminal): () => void {
  const { stdin, stdout } = process;
  const isTerminal = stdin.isTTY;
  const typed = (bytes: Buffer): void => terminal.write(bytes);
  const noMore = (): void => terminal.write(endOfInput);
  const resized = (): void => tellSize(terminal);
  if (isTerminal) stdin.setRawMode(true);
  stdin.on("data", typed);
  stdin.once("end", noMore);
  stdout.on("resize", resized);
  return () => {
    if (isTerminal) stdin.setRawMode(false);
    stdin.off("data", typed).off("end", noMore);
    stdin.pause();
    stdin.unref?.();
    stdout.off("resize", resized);
  };
}

function tellSize(terminal: RemoteTerminal): void {
  const { columns, rows } = process.stdout;
  if (columns > 0 && rows > 0) terminal.resize({ columns, rows });
}
