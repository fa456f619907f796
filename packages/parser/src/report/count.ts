import type { Diagnostic } from "@fmg/core";

export interface DiagnosticCounts {
  readonly errors: number;
  readonly warnings: number;
}

/** How many errors and warnings there are. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): DiagnosticCounts {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  return { errors, warnings: diagnostics.length - errors };
}
