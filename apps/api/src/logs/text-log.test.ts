import { describe, expect, test } from "@jest/globals";

import { parseRange } from "./text-log.ts";

describe("a Range header", () => {
  test.each([
    ["bytes=0-", { start: 0, end: 10 }],
    ["bytes=3-", { start: 3, end: 10 }],
    ["bytes=3-5", { start: 3, end: 6 }],
    ["bytes=3-3", { start: 3, end: 4 }],
    ["bytes=3-99", { start: 3, end: 10 }],
    ["bytes=-4", { start: 6, end: 10 }],
    ["bytes=-99", { start: 0, end: 10 }],
    ["bytes=9-", { start: 9, end: 10 }],
  ])("%s of ten bytes is a part", (header, range) => {
    expect(parseRange(header, 10)).toEqual(range);
  });

  test.each(["bytes=10-", "bytes=99-100", "bytes=-0"])("%s of ten bytes is outside of them", (header) => {
    expect(parseRange(header, 10)).toBe("unsatisfiable");
  });

  test.each([undefined, "", "bytes=-", "bytes=5-3", "lines=1-2", "bytes=0-1,3-4", "bytes=a-b"])(
    "%s asks for the whole",
    (header) => {
      expect(parseRange(header, 10)).toBeUndefined();
    },
  );

  test("of an empty log is outside of it", () => {
    expect(parseRange("bytes=0-", 0)).toBe("unsatisfiable");
  });
});
