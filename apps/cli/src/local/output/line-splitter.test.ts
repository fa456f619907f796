import { expect, test } from "@jest/globals";
import { openLineSplitter } from "./line-splitter.ts";

/** The lines that come of chunks, and the rest. */
function linesOf(...chunks: string[]): string[] {
  const splitter = openLineSplitter();
  const lines = chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)));
  return [...lines, ...splitter.finish()].map(String);
}

test.each([
  ["lines over borders of chunks", ["on", "e\ntw", "o\n"], ["one", "two"]],
  ["a last line without its end", ["one\ntwo"], ["one", "two"]],
  ["an empty line", ["\n\nx\n"], ["", "", "x"]],
  ["the ends of a terminal", ["one\r\ntwo\r", "\n"], ["one", "two"]],
  ["what is left of a progress bar", ["10%\r50%\r", "100%\n"], ["100%"]],
])("%s", (_, chunks, lines) => {
  expect(linesOf(...chunks)).toEqual(lines);
});

test("a line that does not end is shown in pieces, so that it fills no memory", () => {
  const splitter = openLineSplitter();
  const pieces = Array.from({ length: 100 }, () => splitter.push(Buffer.alloc(16_384, "x"))).flat();
  expect(pieces.length).toBeGreaterThan(10);
  expect([...pieces, ...splitter.finish()].reduce((sum, piece) => sum + piece.length, 0)).toBe(100 * 16_384);
});
