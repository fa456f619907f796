import type { SourcePosition, SourceRange } from "@fmg/core";

/** A text that diagnostics point into: the config itself, or the source of an orb. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
  /** Offset of the first character of every line. */
  readonly lineStarts: readonly number[];
}

/** A stretch of a source text, and how its content came to be used: through an alias, a merge, a parameter. */
export interface Place {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
  readonly via: Via | undefined;
}

/** One link of the way that a value took: `*defaults`, used at a place (that may have come by a way itself). */
export interface Via {
  readonly message: string;
  readonly place: Place;
}

/** Indexes a text for line and column look-ups. */
export function sourceFile(name: string, text: string): SourceFile {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { name, text, lineStarts };
}

/** The line and column of an offset, both from 1. */
export function positionOf(file: SourceFile, offset: number): SourcePosition {
  const line = lineOf(file, offset);
  return { line: line + 1, column: offset - file.lineStarts[line]! + 1 };
}

/** A place as lines and columns; an empty one is widened by a column, so that there is something to underline. */
export function rangeOf(place: Place): SourceRange {
  const start = positionOf(place.file, place.start);
  const end = positionOf(place.file, Math.max(place.end, place.start));
  if (end.line === start.line && end.column === start.column) {
    return { file: place.file.name, start, end: { line: end.line, column: end.column + 1 } };
  }
  return { file: place.file.name, start, end };
}

/** The text of the line that a place begins on, without its line break. */
export function lineTextOf(place: Place): string {
  const { lineStarts, text } = place.file;
  const line = lineOf(place.file, place.start);
  const end = lineStarts[line + 1] ?? text.length + 1;
  return text.slice(lineStarts[line], end - 1).replace(/\r$/, "");
}

function lineOf(file: SourceFile, offset: number): number {
  let low = 0;
  let high = file.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (file.lineStarts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
