/** A text with blanks inserted at some line starts, in ascending order of their offsets in the widened text. */
export interface WidenedText {
  readonly text: string;
  readonly insertions: readonly { readonly at: number; readonly length: number }[];
}

/**
 * Indents the line that a flow list or a quoted text goes on in. CircleCI takes `key: [` ... `]` closed to the left of
 * its key, which YAML forbids and js-yaml refuses; inside of brackets and quotes indentation means nothing, so
 * blanks change only whether the parser accepts it. (R-YAML-12)
 */
export function widenShallowFlow(original: string, widened: WidenedText, offset: number): WidenedText {
  const { text } = widened;
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  // Of the original: widened lines would double it with each round.
  const length = deepestIndentation(original) + 1;
  const insertions = [
    ...widened.insertions.map((i) => (i.at >= lineStart ? { ...i, at: i.at + length } : i)),
    { at: lineStart, length },
  ].sort((a, b) => a.at - b.at);
  return { text: text.slice(0, lineStart) + " ".repeat(length) + text.slice(lineStart), insertions };
}

// By hand: a regular expression's own stack ends within a line of very many blanks.
function deepestIndentation(text: string): number {
  let deepest = 0;
  for (let start = 0; start < text.length;) {
    let end = start;
    while (text[end] === " ") end += 1;
    deepest = Math.max(deepest, end - start);
    const lineEnd = text.indexOf("\n", end);
    start = lineEnd === -1 ? text.length : lineEnd + 1;
  }
  return deepest;
}

/** Where an offset of the widened text stands in the file. */
export function originalOffset(text: WidenedText, offset: number): number {
  let shift = 0;
  for (const insertion of text.insertions) {
    if (insertion.at >= offset) break;
    shift += Math.min(insertion.length, offset - insertion.at);
  }
  return offset - shift;
}
