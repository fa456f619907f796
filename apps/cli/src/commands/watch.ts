import { custom } from "@oclif/core/args";
import { boolean, string } from "@oclif/core/flags";

import { CliError, exitCodes } from "../errors.ts";
import { findPipeline } from "../find-pipeline.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { readPipelineReference, type PipelineReference } from "../pipeline-reference.ts";
import { readTimeSpan } from "../time-span.ts";
import { watchPipeline } from "../pipeline-view/watch-pipeline.ts";

/** A timer takes at most 2^31 − 1 ms. */
const longestMs = 24 * 3_600_000;

/** `fmg watch` */
export class Watch extends FmgCommand {
  static override summary = "Watch a pipeline until it ends: a live tree, or a line for each change.";
  static override usage = "watch [pipeline_id] [--compact] [--timeout <time>] [--exit-status]";
  static override args = {
    pipeline_id: custom<PipelineReference>({
      parse: (text) => Promise.resolve().then(() => readPipelineReference(text)),
      ignoreStdin: true,
      description: "as for fmg logs; the newest unless told",
    })(),
  };
  static override flags = {
    compact: boolean({ description: "without the jobs that went well or do not run" }),
    timeout: string({ helpValue: "<time>", description: "gives up after that: 90s, 10m, 2h" }),
    "exit-status": boolean({
      description: "exit with 1 when the pipeline failed, with 7 when it was cancelled",
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Watch);
    const timeoutMs =
      flags.timeout === undefined
        ? undefined
        : readTimeSpan(flags.timeout, longestMs, "fmg watch --timeout 10m   (at most 24h)");
    await this.withServer(flags, (session) =>
      watch(session, args.pipeline_id ?? { kind: "latest", branch: undefined }, { ...flags, timeoutMs }),
    );
  }
}

interface Wanted {
  readonly compact: boolean;
  readonly timeoutMs: number | undefined;
  readonly "exit-status": boolean;
}

async function watch(session: Session, reference: PipelineReference, wanted: Wanted): Promise<void> {
  const { id } = await findPipeline(session.client, reference);
  const stop = new AbortController();
  const interrupted = (): void => stop.abort(detached(id));
  process.once("SIGINT", interrupted);
  const { timeoutMs } = wanted;
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop.abort("timeout"), timeoutMs);
  try {
    const { status } = await watchPipeline(session, id, { compact: wanted.compact, signal: stop.signal });
    if (stop.signal.aborted) throw gaveUp(id, status);
    if (wanted["exit-status"]) process.exitCode = exitStatus(status);
  } catch (thrown) {
    throw stop.signal.reason instanceof CliError ? stop.signal.reason : thrown;
  } finally {
    clearTimeout(timer);
    process.off("SIGINT", interrupted);
  }
}

/** Ctrl-C ends the watching, never the pipeline. */
function detached(id: number): CliError {
  return new CliError("interrupted", "interrupted", [`Detached. Pipeline ${id} goes on: fmg watch ${id}`]);
}

function gaveUp(id: number, status: string): CliError {
  const hints = [`It goes on:  fmg watch ${id}`];
  if (status === "on_hold") return new CliError("canceled", `pipeline ${id} is still on hold`, hints);
  return new CliError("timed-out", `pipeline ${id} has not ended in time: it is ${status}`, hints);
}

function exitStatus(status: string): number {
  if (status === "canceled") return exitCodes.canceled;
  return status === "failure" || status === "error" ? exitCodes.failed : 0;
}
