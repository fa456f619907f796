import { describe, expect, test } from "@jest/globals";

import { openTerminalFilter } from "./terminal-filter.ts";

function filtered(text: string, options = { color: true }): string {
  return Buffer.from(openTerminalFilter(options).push(Buffer.from(text))).toString();
}

describe("a job's output on a terminal (REL-14)", () => {
  test.each([
    ["colours", "\u001b[1;31mred\u001b[0m"],
    ["a progress bar", "10%\r20%\u001b[K\u001b[1A\u001b[2J"],
    ["text of any language", "naïve Ünïcödé 日本語 🎉\tend\n"],
  ])("keeps %s", (_, text) => {
    expect(filtered(text)).toBe(text);
  });

  test.each([
    ["the clipboard (OSC 52)", "a\u001b]52;c;aGk=\u0007b"],
    ["a window title", "a\u001b]0;title\u001b\\b"],
    ["a window title of screen", "a\u001bktitle\u001b\\b"],
    ["a title in its one-character form", "a\u009d0;title\u0007b"],
    ["a question that the terminal answers", "a\u001b[6n\u001b[c\u001b[21tb"],
    ["a private mode", "a\u001b[?1049h\u001b[?25lb"],
    ["a reset and a character set", "a\u001bc\u001b(0b"],
    ["a device control string", "a\u001bP$q m\u001b\\b"],
    ["bells and other control characters", "a\u0007\u0000\u000eb"],
  ])("drops %s", (_, text) => {
    expect(filtered(text)).toBe("ab");
  });

  test("drops colours where colours are off", () => {
    expect(filtered("\u001b[31mred\u001b[0m", { color: false })).toBe("red");
  });

  test("an unfinished string swallows no more than its line", () => {
    expect(filtered("a\u001b]0;never ended\nb")).toBe("a\nb");
  });

  test("a sequence is found wherever the chunks are cut", () => {
    const bytes = Buffer.from("é\u001b]52;c;aGk=\u001b\\b\u001b[31mc\u009d0;t\u0007d");
    for (let cut = 0; cut <= bytes.length; cut++) {
      const filter = openTerminalFilter({ color: true });
      const parts = [filter.push(bytes.subarray(0, cut)), filter.push(bytes.subarray(cut))];
      expect(Buffer.concat(parts).toString()).toBe("éb\u001b[31mcd");
    }
  });
});
