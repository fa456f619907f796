import { formatPlace, type Diagnostic } from "@fmg/core";
import { displayWidth, printable } from "./report/printable.ts";

/** How a diagnostic is shown. */
export interface FormatOptions {
  /** ANSI colours; off unless set. */
  readonly color?: boolean;
  /** The text of the file that the diagnostic points into: the excerpt then shows the line before as well. */
  readonly source?: string;
}

// A window around the column, so that a long line does not wrap and lose its caret.
const excerptWidth = 160;
const leftOfColumn = 60;

/** A diagnostic for a terminal: place, severity, code, message, the source line with a caret, the hint and the chain. */
export function formatDiagnostic(diagnostic: Diagnostic, options: FormatOptions = {}): string {
  const paint = painter(options.color ?? false);
  const { severity, range } = diagnostic;
  const rule = diagnostic.rule === undefined ? "" : paint("dim", ` (${diagnostic.rule})`);
  const place = paint("bold", printable(formatPlace(range)));
  const head = `${place}  ${paint(severity, severity)}  ${diagnostic.code}  ${printable(diagnostic.message)}${rule}`;
  return [
    head,
    ...excerpt(diagnostic, options.source, paint),
    ...hint(diagnostic, paint),
    ...chain(diagnostic, paint),
  ].join("\n");
}

type Paint = (style: "bold" | "dim" | "error" | "warning" | "hint", text: string) => string;

function painter(color: boolean): Paint {
  if (!color) return (_, text) => text;
  const codes = { bold: 1, dim: 2, error: 31, warning: 33, hint: 36 };
  return (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m`;
}

function excerpt(diagnostic: Diagnostic, source: string | undefined, paint: Paint): string[] {
  const { sourceLine, range, severity } = diagnostic;
  if (sourceLine === undefined) return [];
  const { start, end } = range;
  const from = Math.max(0, Math.min(start.column - 1 - leftOfColumn, sourceLine.length - excerptWidth));
  const window = (line: string) => printable(line.slice(from, from + excerptWidth));
  const column = Math.max(0, start.column - 1 - from);
  const last = end.line === start.line ? end.column - 1 - from : excerptWidth;
  const shown = sourceLine.slice(from, from + excerptWidth);
  const blanks = displayWidth(printable(shown.slice(0, column)));
  const carets = displayWidth(printable(shown.slice(column, Math.max(last, column))));
  const gutter = String(start.line);
  const before = lineBefore(source, start.line);
  const row = (label: string, text: string) =>
    `  ${paint("dim", `${label.padStart(gutter.length)} |`)} ${text}`;
  return [
    ...(before === undefined ? [] : [row(String(start.line - 1), window(before))]),
    row(gutter, window(sourceLine)),
    row("", " ".repeat(blanks) + paint(severity, "^".repeat(Math.max(1, carets)))),
  ];
}

/** The line above, unless it is blank: it often says what the marked line belongs to. */
function lineBefore(source: string | undefined, line: number): string | undefined {
  if (source === undefined || line < 2) return undefined;
  let start = source.startsWith("\uFEFF") ? 1 : 0;
  for (let at = 1; at < line - 1; at++) start = source.indexOf("\n", start) + 1;
  const end = source.indexOf("\n", start);
  const text = source.slice(start, end === -1 ? undefined : end).replace(/\r$/, "");
  return text.trim() === "" ? undefined : text;
}

function hint(diagnostic: Diagnostic, paint: Paint): string[] {
  return diagnostic.hint === undefined ? [] : [`  ${paint("hint", "hint:")} ${printable(diagnostic.hint)}`];
}

function chain(diagnostic: Diagnostic, paint: Paint): string[] {
  return (diagnostic.chain ?? []).map(
    (link) => `  ${paint("dim", "from")} ${printable(formatPlace(link.range))}  ${printable(link.message)}`,
  );
}
