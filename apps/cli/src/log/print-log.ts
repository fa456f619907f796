import type { Job } from "@fmg/client";

import { quoted } from "../choose-job.ts";
import type { Session } from "../fmg-command.ts";
import { endedLine } from "./ended-line.ts";
import { openLogWriter } from "./log-writer.ts";
import { attemptOf, header, type Target } from "./target.ts";

/** Prints a log as it stands, under its header. Says on stderr when there is more to come, or how the job failed. */
export async function printLog(session: Session, target: Target): Promise<Job> {
  const { ui, client } = session;
  const attempt = attemptOf(target);
  const chunks = attempt === undefined ? [] : client.readLog({ attemptId: attempt.id });
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
