import type { Pipeline } from "@fmg/client";

import { diagnosticLines } from "../format.ts";
import type { Ui } from "../ui.ts";
import { endedLine } from "./ended-line.ts";

/** What stands in place of a log for a pipeline without jobs: its config's errors, or why nothing ran. */
export async function printRejection(ui: Ui, pipeline: Pipeline): Promise<void> {
  const { id, status, reason, message, diagnostics } = pipeline;
  if (ui.json) return ui.document({ pipelineId: id, status, reason, message, diagnostics });
  if (status === "pending") {
    return ui.note(`Pipeline ${id} is not compiled yet; follow it: fmg logs ${id} --follow`);
  }
  if (!ui.quiet) await ui.line(`--- Log for pipeline ${id} ---`);
  for (const diagnostic of diagnostics) {
    for (const line of diagnosticLines(diagnostic)) await ui.line(line);
  }
  if (diagnostics.length === 0) await ui.line(endedLine(`Pipeline ${id}`, pipeline));
  else ui.note(counted(diagnostics));
}

function counted(diagnostics: Pipeline["diagnostics"]): string {
  const count = (severity: "error" | "warning") =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const [errors, warnings] = [count("error"), count("warning")];
  return `${errors} error${errors === 1 ? "" : "s"}, ${warnings} warning${warnings === 1 ? "" : "s"}`;
}
