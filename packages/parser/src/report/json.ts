import type { Diagnostic } from "@fmg/core";
import { countDiagnostics } from "./count.ts";

/** Diagnostics as one JSON document: `{"errors": 1, "warnings": 0, "diagnostics": […]}`. */
export function formatJson(diagnostics: readonly Diagnostic[]): string {
  return JSON.stringify({ ...countDiagnostics(diagnostics), diagnostics }, undefined, 2);
}
