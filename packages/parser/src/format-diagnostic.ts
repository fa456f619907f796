import { formatPlace, type Diagnostic } from "@fmg/core";

const excerptWidth = 160;

/** A diagnostic for a terminal: place, severity, code, message, the source line with a caret, the hint and the chain. */
export function formatDiagnostic(diagnostic: Diagnostic, options: { color?: boolean } = {}): string {
  const paint = painter(options.color ?? false);
  const { severity, range } = diagnostic;
  const rule = diagnostic.rule === undefined ? "" : paint("dim", ` (${diagnostic.rule})`);
  const head = `${paint("bold", formatPlace(range))}  ${paint(severity, severity)}  ${diagnostic.code}  ${diagnostic.message}${rule}`;
  return [head, ...excerpt(diagnostic, paint), ...hint(diagnostic, paint), ...chain(diagnostic, paint)].join(
    "\n",
  );
}

type Paint = (style: "bold" | "dim" | "error" | "warning" | "hint", text: string) => string;

function painter(color: boolean): Paint {
  if (!color) return (_, text) => text;
  const codes = { bold: 1, dim: 2, error: 31, warning: 33, hint: 36 };
  return (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m`;
}

function excerpt(diagnostic: Diagnostic, paint: Paint): string[] {
  if (diagnostic.sourceLine === undefined) return [];
  const { start, end } = diagnostic.range;
  const gutter = String(start.line);
  // A window around the column, so that a long line does not wrap and lose its caret.
  const from = Math.max(0, Math.min(start.column - 1 - 60, diagnostic.sourceLine.length - excerptWidth));
  const line = printable(diagnostic.sourceLine.slice(from, from + excerptWidth));
  const column = start.column - 1 - from;
  const last = end.line === start.line ? end.column - 1 - from : line.length;
  const carets = "^".repeat(Math.max(1, Math.min(last, line.length) - column));
  return [
    `  ${paint("dim", `${gutter} |`)} ${line}`,
    `  ${paint("dim", `${" ".repeat(gutter.length)} |`)} ${" ".repeat(Math.max(0, column))}${paint(diagnostic.severity, carets)}`,
  ];
}

function hint(diagnostic: Diagnostic, paint: Paint): string[] {
  return diagnostic.hint === undefined ? [] : [`  ${paint("hint", "hint:")} ${diagnostic.hint}`];
}

function chain(diagnostic: Diagnostic, paint: Paint): string[] {
  return (diagnostic.chain ?? []).map(
    (link) => `  ${paint("dim", "from")} ${formatPlace(link.range)}  ${link.message}`,
  );
}

/** One column for every character: tabs become blanks, control characters (that could steer a terminal) dots. */
function printable(text: string): string {
  let shown = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (character === "\t") shown += " ";
    else shown += code < 32 || (code >= 127 && code < 160) ? "·" : character;
  }
  return shown;
}
