import { expect, test } from "@jest/globals";
import { continuationArguments, overridingArguments } from "./continuation-arguments.ts";

const declaring = (lines: string) => `version: 2.1\nparameters:\n${lines}`;

test("a continuation gets what its trigger gave and it declares, below what the call gives (R-DYN-5, R-DYN-6)", () => {
  const text = declaring("  p: {type: string, default: x}\n  q: {type: integer, default: 1}\n");
  const trigger = { p: "of the trigger", q: 2, dropped: true };

  expect(continuationArguments(text, trigger, { q: 3, unknown: true })).toEqual({
    p: "of the trigger",
    q: 3,
    unknown: true,
  });
  expect(continuationArguments(text, {}, { q: 3 })).toEqual({ q: 3 });
});

test("only what differs from the setup config's default is kept from the call (R-DYN-5)", () => {
  const text = declaring(
    "  p: {type: string, default: x}\n  q: {type: integer, default: 1}\n  r: {type: boolean, default: false}\n",
  );

  expect(overridingArguments(text, { p: "x", q: 2, r: false })).toEqual(["q"]);
  expect(overridingArguments(text, {})).toEqual([]);
});
