import { describe, expect, test } from "@jest/globals";

import { readArgv } from "./argv.ts";

const commands = ["list", "logs", "configure add-runner", "configure list-runners"];

describe("the command line", () => {
  test.each([
    ["--server-url http://x list", "list", ["--server-url", "http://x"]],
    ["--server-url=http://x list --limit 3", "list", ["--limit", "3", "--server-url=http://x"]],
    ["--json configure -q list-runners", "configure list-runners", ["--json", "-q"]],
    ["--no-color logs 5 -- --odd", "logs", ["5", "--no-color", "--", "--odd"]],
    ["logs 5 build --follow", "logs", ["5", "build", "--follow"]],
  ])("globals may stand before the command: %s", (line, command, args) => {
    expect(readArgv(line.split(" "), commands)).toEqual({ kind: "command", command, args });
  });

  test.each([
    ["", []],
    ["--server-url http://x", []],
    ["--help", []],
    ["-h list", ["list"]],
    ["list --limit 3 -h", ["list"]],
    ["configure", ["configure"]],
    ["help logs", ["logs"]],
    ["help configure add-runner", ["configure", "add-runner"]],
  ])("asks for help: %s", (line, words) => {
    expect(readArgv(line.split(" ").filter(Boolean), commands)).toEqual({ kind: "help", words });
  });

  test("--help behind -- is an argument", () => {
    expect(readArgv(["logs", "5", "--", "--help"], commands)).toMatchObject({ kind: "command" });
  });

  test.each([
    ["lst", "fmg list"],
    ["lgos 5", "fmg logs"],
    ["configure addrunner x", "fmg configure add-runner"],
    ["confgure", "fmg configure"],
    ["--jsno list", "--json"],
  ])("a mistyped word gets the nearest one: %s", (line, guess) => {
    expect(() => readArgv(line.split(" "), commands)).toThrow(
      expect.objectContaining({
        code: "usage",
        hints: expect.arrayContaining([`Did you mean:    ${guess}`]),
      }),
    );
  });
});
