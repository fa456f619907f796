import { formatPretty, type Diagnostic } from "@fmg/parser";

import type { Ui } from "../ui.ts";
import type { ConfigSource } from "./read-source.ts";

/** Diagnostics on stderr, for commands whose stdout is something else. */
export function tellDiagnostics(ui: Ui, source: ConfigSource, diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) return;
  ui.note(formatPretty(diagnostics, { color: ui.errorColor, sources: sourcesOf(source) }));
}

/** The texts by the names in diagnostics. */
export function sourcesOf({ file, text }: ConfigSource): ReadonlyMap<string, string> {
  return new Map([[file, text]]);
}
