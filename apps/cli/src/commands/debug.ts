import type { Attempt } from "@fmg/client";
import { integer } from "@oclif/core/flags";

import { CliError } from "../errors.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { attemptsMeant, jobsMeant } from "../jobs-meant.ts";
import { oneJobOf } from "../prompts.ts";
import { jobArg, nodeFlag, pipelineArg } from "../reference-args.ts";
import { takeOver, tellSize } from "../take-over-terminal.ts";

/** `fmg debug` */
export class Debug extends FmgCommand {
  static override summary = "Open a shell in the kept container of a failed job.";
  static override usage = "debug <pipeline_id> [job_name] [--node <n>] [--ttl <minutes>]";
  static override args = {
    pipeline_id: pipelineArg,
    job_name: jobArg,
  };
  static override flags = {
    ...nodeFlag,
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
    await this.withServer(flags, async (session) => {
      const { client, ui } = session;
      const found = await jobsMeant(session, args.pipeline_id, args.job_name, "fmg debug");
      const { pipeline, attempt: number } = found;
      const labelled = await oneJobOf(ui, found, "fmg debug");
      const { label } = labelled;
      const attempts = await attemptsMeant(client, labelled, { attempt: number, node: flags.node });
      const attempt = attemptToDebug(attempts, label);
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

/** Of several nodes one that failed, else the first. */
function attemptToDebug(attempts: readonly Attempt[], label: string): Attempt {
  const isBad = ({ status }: Attempt): boolean => status === "failure" || status === "error";
  const found = attempts.find(isBad) ?? attempts[0];
  if (found !== undefined) return found;
  throw new CliError("not-found", `job "${label}" has no attempt`, ["It has not run."]);
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
    throw new CliError("failed", `the shell is gone: ${why}`, [
      "Another one, while the container is kept:  the same command again",
    ]);
  } finally {
    release();
    terminal.close();
  }
}
