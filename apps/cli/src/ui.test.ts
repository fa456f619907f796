import { describe, expect, test } from "@jest/globals";

import { readSettings } from "./settings.ts";
import { plain, usesColor } from "./ui.ts";

describe("colours", () => {
  test.each([
    [true, {}, undefined, true],
    [true, { NO_COLOR: "1" }, undefined, false],
    [true, { NO_COLOR: "" }, undefined, true],
    [true, { NO_COLOR: "1", FORCE_COLOR: "1" }, undefined, false],
    [true, { NO_COLOR: "1" }, true, true],
    [true, { FORCE_COLOR: "1" }, false, false],
    [true, { FORCE_COLOR: "0" }, undefined, false],
    [true, { TERM: "dumb" }, undefined, false],
    [true, { TERM: "dumb", CLICOLOR_FORCE: "1" }, undefined, true],
    [false, {}, undefined, false],
    [false, { FORCE_COLOR: "1" }, undefined, true],
    [false, { CLICOLOR_FORCE: "0" }, undefined, false],
  ])("on a terminal: %j, with %j and the flag %j: %j", (terminal, env, flag, expected) => {
    expect(usesColor(terminal, flag, readSettings(env, "/").color)).toBe(expected);
  });
});

test("a name of someone else's stays one harmless line", () => {
  expect(plain("a\u001b]0;x\u0007b\r\nc\u2028d\u001b[31me\u009b5m")).toBe("ab c de");
});
