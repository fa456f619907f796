/** How a table is laid out. */
export interface TableOptions {
  /** Columns of the terminal; undefined: nothing is cut. */
  readonly width: number | undefined;
  /** Fields separated by tabs, for programs. */
  readonly tabs: boolean;
  /** Columns of figures, from 0. */
  readonly right?: readonly number[];
}

type Row = readonly string[];

const gap = "  ";
/** A column is not made narrower than this, so that what is left of it still says something. */
const leastWidth = 6;

/** The rows as lines with aligned columns; where they are too wide for the terminal, the widest columns are cut. */
export function tableLines(rows: readonly Row[], { width, tabs, right = [] }: TableOptions): string[] {
  if (tabs) return rows.map((row) => row.join("\t"));
  const widths = fitted(columnWidths(rows), width);
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const text = cut(cell, widths[column]!);
        const room = " ".repeat(Math.max(0, widths[column]! - columnsOf(text)));
        return right.includes(column) ? room + text : text + room;
      })
      .join(gap)
      .trimEnd(),
  );
}

/** How many columns of a terminal a text takes: two for the wide characters of East Asia and for pictures. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += wide.test(segment) ? 2 : 1;
  return columns;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

function columnWidths(rows: readonly Row[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, columnsOf(cell));
    }
  }
  return widths;
}

/** Takes from the widest column, one by one, until all fit or none can give more. */
function fitted(widths: number[], width: number | undefined): number[] {
  if (width === undefined) return widths;
  let surplus = widths.reduce((sum, each) => sum + each, 0) + gap.length * (widths.length - 1) - width;
  for (; surplus > 0; surplus--) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= leastWidth) break;
    widths[widest]! -= 1;
  }
  return widths;
}

function cut(cell: string, width: number): string {
  if (columnsOf(cell) <= width) return cell;
  let kept = "";
  let columns = 1;
  for (const { segment } of graphemes.segment(cell)) {
    columns += columnsOf(segment);
    if (columns > width) break;
    kept += segment;
  }
  return `${kept}…`;
}
