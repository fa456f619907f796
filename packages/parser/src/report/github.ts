import type { Diagnostic } from "@fmg/core";

/** Annotations as GitHub Actions reads them from a job's output: `::error file=…,line=…,col=…::message`. */
export function formatGitHub(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(annotation).join("\n");
}

function annotation(diagnostic: Diagnostic): string {
  const { code, severity, message, hint, range } = diagnostic;
  const { start, end } = range;
  // An end column means something to GitHub only on the line of the start.
  const endColumn = start.line === end.line ? { endColumn: end.column } : {};
  const properties = {
    file: range.file,
    line: start.line,
    endLine: end.line,
    col: start.column,
    ...endColumn,
    title: code,
  };
  const written = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${severity} ${written.join(",")}::${escapeText(hint === undefined ? message : `${message}\n${hint}`)}`;
}

function escapeText(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeText(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
