import { setTimeout as pause } from "node:timers/promises";
import { ConnectionError, type Job, type Pipeline } from "@fmg/client";

import { jobLabel } from "../choose-job.ts";
import type { Session } from "../fmg-command.ts";
import { pipelineLine } from "../format.ts";
import { endedLine } from "../log/ended-line.ts";
import { printRejection } from "../log/print-rejection.ts";
import type { Ui } from "../ui.ts";
import { pipelineLines } from "./pipeline-lines.ts";

/** Between two looks: a person sees no difference, and a server hardly notices. */
const lookEveryMs = 500;

interface Look {
  readonly pipeline: Pipeline;
  readonly jobs: readonly Job[];
}

/**
 * Shows a pipeline until it has ended or `signal` aborts: on a terminal as a tree that is drawn anew, else as a line for
 * each change, or an object for each under `--json`. A server that is away for a while is waited for. Returns where it stood last.
 */
export async function watchPipeline(
  session: Session,
  id: number,
  { compact, signal }: { readonly compact: boolean; readonly signal: AbortSignal },
): Promise<Pipeline> {
  const { ui } = session;
  const view = ui.terminal && !ui.json && !ui.plain && !ui.quiet ? liveTree(ui, compact) : changes(ui);
  let last: Look | undefined;
  while (!signal.aborted) {
    const look = await lookAt(session, id);
    if (look !== undefined) {
      last = look;
      await view(look);
      if (look.pipeline.finishedAt !== null) break;
    }
    await pause(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
  if (last === undefined) throw signal.reason;
  if (last.pipeline.finishedAt !== null && last.jobs.length === 0 && !ui.json) {
    await printRejection(ui, last.pipeline);
  }
  return last.pipeline;
}

/** Undefined while the server is away: it says what was missed when it is back. */
async function lookAt({ client }: Session, id: number): Promise<Look | undefined> {
  try {
    const pipeline = await client.getPipeline({ params: { id } });
    const { items } = await client.listJobs({ params: { id } });
    return { pipeline, jobs: items };
  } catch (thrown) {
    if (thrown instanceof ConnectionError) return undefined;
    throw thrown;
  }
}

function liveTree(ui: Ui, compact: boolean): (look: Look) => Promise<void> {
  let drawn = 0;
  return async ({ pipeline, jobs }) => {
    const shown = compact ? jobs.filter(({ status }) => status !== "success" && status !== "skipped") : jobs;
    const lines = pipelineLines({ pipeline, jobs: shown }, ui, Date.now());
    const room = Math.max(2, (process.stdout.rows || 24) - 1);
    const more = lines.length - room;
    const kept = more > 0 ? [...lines.slice(0, room - 1), `  and ${more + 1} more`] : lines;
    const width = ui.width ?? Infinity;
    // The head line may be wider than the terminal, and takes a row more then.
    const up = drawn === 0 ? "" : `\u001b[${drawn}A\u001b[0J`;
    await ui.bytes(Buffer.from(`${up}${kept.join("\n")}\n`));
    drawn = kept.reduce((rows, line) => rows + Math.max(1, Math.ceil(visible(line) / width)), 0);
  };
}

function visible(line: string): number {
  // oxlint-disable-next-line no-control-regex -- colours take no room
  return line.replaceAll(/\u001b\[[0-9;]*m/g, "").length;
}

function changes(ui: Ui): (look: Look) => Promise<void> {
  const told = new Map<number, string>();
  return async ({ pipeline, jobs }) => {
    for (const job of jobs) {
      const { id, status, message } = job;
      const now = JSON.stringify([status, message]);
      if (told.get(id) === now || (status === "blocked" && !told.has(id))) continue;
      told.set(id, now);
      if (ui.json) await ui.document({ event: "job", job });
      else if (!ui.quiet) await ui.line(endedLine(jobLabel(job, jobs), job));
    }
    if (pipeline.finishedAt === null) return;
    if (ui.json) await ui.document({ event: "end", pipeline });
    else await ui.line(ui.quiet ? pipeline.status : pipelineLine(pipeline, ui));
  };
}
