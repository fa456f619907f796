import type { ScalarNode } from "../1-read/nodes.ts";
import type { Place } from "../1-read/source-file.ts";

/**
 * Where a tag of a scalar's text stands in the source. Quotes, escapes and block indentation shift the rest, but never
 * the count of `<<`: the n-th of the text is the n-th of the source.
 */
export function placeInside(node: ScalarNode, text: string, offset: number, length: number): Place {
  let count = 0;
  for (let at = text.indexOf("<<"); at !== -1 && at < offset; at = text.indexOf("<<", at + 1)) count += 1;
  const source = node.file.text.slice(node.start, node.end);
  let found = source.indexOf("<<");
  for (; count > 0 && found !== -1; count--) found = source.indexOf("<<", found + 1);
  if (found === -1) return node;
  const start = node.start + found;
  return { file: node.file, start, end: Math.min(node.end, start + length), via: node.via };
}
