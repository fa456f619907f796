import type { Diagnostic } from "@fmg/core";
import { formatDiagnostic } from "../format-diagnostic.ts";
import { countDiagnostics } from "./count.ts";

export interface PrettyOptions {
  /** ANSI colours; off unless set. */
  readonly color?: boolean;
  /** Texts by the file names of the diagnostics, for the line above the marked one. */
  readonly sources?: ReadonlyMap<string, string>;
}

/** All diagnostics for a terminal, and a last line that counts them. */
export function formatPretty(diagnostics: readonly Diagnostic[], options: PrettyOptions = {}): string {
  const blocks = diagnostics.map((diagnostic) => {
    const source = options.sources?.get(diagnostic.range.file);
    return formatDiagnostic(diagnostic, {
      color: options.color ?? false,
      ...(source === undefined ? {} : { source }),
    });
  });
  const { errors, warnings } = countDiagnostics(diagnostics);
  return [...blocks, `${counted(errors, "error")}, ${counted(warnings, "warning")}`].join("\n");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
