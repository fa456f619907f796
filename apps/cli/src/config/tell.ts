import { formatPretty, type Diagnostic } from "@fmg/parser";

import { exitCodes } from "../errors.ts";
import type { Ui } from "../ui.ts";
import type { ConfigSource } from "./read-source.ts";

/** Diagnostics on stderr, for commands whose stdout is something else. */
export function tellDiagnostics(ui: Ui, source: ConfigSource, diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) return;
  ui.note(formatPretty(diagnostics, { color: ui.errorColor, sources: sourcesOf(source) }));
}

/** Tells why a config was refused, as JSON where that is asked for, and makes 1 of the exit code. */
export async function tellRejected(
  ui: Ui,
  source: ConfigSource,
  diagnostics: readonly Diagnostic[],
): Promise<void> {
  process.exitCode = exitCodes.failed;
  if (ui.json) return ui.document({ diagnostics });
  tellDiagnostics(ui, source, diagnostics);
}

/** The texts by the names in diagnostics. */
export function sourcesOf({ file, text }: ConfigSource): ReadonlyMap<string, string> {
  return new Map([[file, text]]);
}
