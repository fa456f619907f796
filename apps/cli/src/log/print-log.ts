import type { Client, Job } from "@fmg/client";

import { quoted } from "../choose-job.ts";
import { CliError } from "../errors.ts";
import type { Session } from "../fmg-command.ts";
import { plain } from "../ui.ts";
import { endedLine } from "./ended-line.ts";
import { lastLinesOf } from "./last-lines.ts";
import { openLogWriter } from "./log-writer.ts";
import { attemptOf, header, type Target } from "./target.ts";

/** Which part of a log is printed. */
export interface LogPart {
  /** One step alone: its index, or the unique beginning of its name. */
  readonly step?: string | undefined;
  /** So many of the last lines. */
  readonly tail?: number | undefined;
}

/** Prints a log as it stands, under its header. Says on stderr when there is more to come, or how the job failed. */
export async function printLog(session: Session, target: Target, part: LogPart = {}): Promise<Job> {
  const { ui, client } = session;
  const attempt = attemptOf(target);
  const chunks = attempt === undefined ? [] : await chunksOf(client, attempt.id, part);
  if (ui.json) await printJson(session, target, chunks);
  else {
    if (!ui.quiet) await ui.line(header(target));
    const writer = openLogWriter(ui);
    for await (const chunk of chunks) await writer.write(chunk);
    await writer.end();
    await sayWhy(session, target, attempt !== undefined);
  }
  return target.job;
}

async function chunksOf(
  client: Client,
  attemptId: number,
  { step, tail }: LogPart,
): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
  const options = step === undefined ? {} : { step: await stepIndex(client, attemptId, step) };
  const whole = client.readLog({ attemptId }, options);
  if (tail === undefined) return whole;
  const lines = await lastLinesOf(whole, tail);
  return [Buffer.from(lines.map((line) => `${line}\n`).join(""))];
}

async function stepIndex(client: Client, attemptId: number, named: string): Promise<number> {
  const { items } = await client.listSteps({ params: { id: attemptId } });
  const byName = items.filter(({ name }) => name === named);
  const found = byName.length > 0 ? byName : items.filter(({ name }) => name.startsWith(named));
  const byIndex = items.filter(({ index }) => String(index) === named);
  const [first, ...others] = byIndex.length > 0 ? byIndex : found;
  if (first !== undefined && others.length === 0) return first.index;
  const all = items.map(({ index, name }) => `${index} ${plain(name)}`).join(", ");
  const message = first === undefined ? `there is no step "${named}"` : `"${named}" means several steps`;
  throw new CliError("not-found", message, [`Its steps:  ${all}`]);
}

async function printJson(
  { ui }: Session,
  target: Target,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
) {
  const { pipeline, job, node } = target;
  const bytes: Uint8Array[] = [];
  for await (const chunk of chunks) bytes.push(chunk);
  const log = Buffer.concat(bytes).toString("utf8");
  await ui.document({ pipelineId: pipeline.id, job, ...(node === undefined ? {} : { node }), log });
}

/** Why a log is empty, unfinished or red. What stands in place of a log is data; the rest is a note. */
async function sayWhy({ ui }: Session, { pipeline, job, label }: Target, ran: boolean): Promise<void> {
  switch (job.status) {
    case "success":
      return;
    case "skipped":
    case "canceled":
    case "error":
    case "failure":
      return ran ? ui.note(endedLine(label, job)) : ui.line(endedLine(label, job));
    case "pending":
    case "blocked":
    case "on_hold":
    case "queued":
    case "running": {
      const follow = `follow it: fmg logs ${pipeline.id} ${quoted(label)} --follow`;
      return ui.note(`${endedLine(label, job)}; ${follow}`);
    }
  }
}
