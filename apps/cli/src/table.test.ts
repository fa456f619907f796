import { describe, expect, test } from "@jest/globals";

import { columnsOf, tableLines } from "./table.ts";

const rows = [
  ["build", "5 B", "dist/a-long-name-of-a-file.js"],
  ["テスト", "12.3 KB", "x"],
];

describe("a table", () => {
  test("aligns its columns, figures to the right, and cuts nothing without a terminal", () => {
    expect(tableLines(rows, { width: undefined, tabs: false, right: [1] })).toEqual([
      "build       5 B  dist/a-long-name-of-a-file.js",
      "テスト  12.3 KB  x",
    ]);
  });

  test.each([80, 40, 30])("on a terminal of %i columns no line is wider", (width) => {
    const lines = tableLines(rows, { width, tabs: false });
    expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(width);
    expect(lines[0]).toMatch(width === 80 ? /file\.js$/ : /^build {3}5 B {6}dist\/.*…$/);
  });

  test("between tabs is neither aligned nor cut", () => {
    expect(tableLines(rows, { width: 10, tabs: true })).toEqual([
      "build\t5 B\tdist/a-long-name-of-a-file.js",
      "テスト\t12.3 KB\tx",
    ]);
  });
});
