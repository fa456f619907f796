import { TextDecoder } from "node:util";
import type { Job, LogEvent } from "@fmg/client";

import type { Session } from "../fmg-command.ts";
import { endedLine } from "./ended-line.ts";
import { openLogWriter } from "./log-writer.ts";
import { header, type Target } from "./target.ts";

/** Prints a log from its beginning until the job ends; throws the signal's reason when the reader detaches. */
export async function followLog(
  session: Session,
  target: Target,
  signal: AbortSignal,
): Promise<Pick<Job, "status" | "reason">> {
  const { ui, client } = session;
  const { attempt } = target;
  const of = attempt === undefined ? { jobId: target.job.id } : { attemptId: attempt.id };
  const printer = ui.json ? jsonPrinter(session) : textPrinter(session, target);
  await printer.begin();
  for await (const event of client.followLog(of, { signal })) {
    await printer.take(event);
    if (event.kind === "end") return event;
  }
  throw new Error("the log's stream ended before its job did");
}

interface Printer {
  begin(): Promise<void>;
  take(event: LogEvent): Promise<void>;
}

function textPrinter({ ui }: Session, target: Target): Printer {
  const writer = openLogWriter(ui);
  let waiting = false;
  let ran = false;
  return {
    async begin() {
      if (!ui.quiet) await ui.line(header(target));
    },
    async take(event) {
      if (event.kind === "log") {
        ran = true;
        await writer.write(event.bytes);
      } else if (event.kind === "status" && !waiting && isWaiting(event.status)) {
        waiting = true;
        ui.note(`${endedLine(target.label, event)}; waiting for it to start`);
      } else if (event.kind === "end") {
        await writer.end();
        const line = endedLine(target.label, event);
        if (ran || event.status === "success") ui.note(line);
        else await ui.line(line);
      }
    },
  };
}

function isWaiting(status: Job["status"]): boolean {
  return status === "blocked" || status === "queued" || status === "on_hold";
}

/** One object a line: `{"event":"log","step":1,"offset":0,"text":"…"}`, `step`, `status`, `attempt`, `end`. */
function jsonPrinter({ ui }: Session): Printer {
  const decoders = new Map<number, TextDecoder>();
  return {
    begin: () => Promise.resolve(),
    async take(event) {
      const { kind, ...rest } = event;
      if (event.kind !== "log") return ui.document({ event: kind, ...rest });
      const decoder = decoders.get(event.step) ?? new TextDecoder();
      decoders.set(event.step, decoder);
      const { step, stepName, offset, bytes } = event;
      // A character cut by the border of two events comes whole in the second one.
      const text = decoder.decode(bytes, { stream: true });
      await ui.document({ event: kind, step, stepName, offset, text });
    },
  };
}
