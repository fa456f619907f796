/** A place in a source text. Lines and columns count from 1; `end` is exclusive. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

export interface SourceRange {
  readonly file: string;
  readonly start: SourcePosition;
  readonly end: SourcePosition;
}

/** `file:line:column`, as people paste it. */
export function formatPlace(range: SourceRange): string {
  return `${range.file}:${range.start.line}:${range.start.column}`;
}
