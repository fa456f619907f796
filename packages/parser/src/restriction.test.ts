import { describe, expect, test } from "@jest/globals";
import { expressionFault, expressionHolds, nameMatches, patternFault } from "./restriction.ts";

const values = new Map<string, string | number | boolean | null>([
  ["pipeline.git.branch", "main"],
  ["pipeline.git.tag", null],
  ["pipeline.number", 7],
  ["job.ssh.enabled", false],
]);

describe("an expression that restricts a context (R-CTX-2)", () => {
  test.each([
    ['pipeline.git.branch == "main"', true],
    ['pipeline.git.branch == "main" or pipeline.git.tag matches /^v.*/', true],
    ['pipeline.git.branch == "dev"', false],
    ["not job.ssh.enabled", true],
    ["pipeline.number > 6", true],
    // A value that this pipeline has none of is not equal to anything, and not unequal.
    ['pipeline.git.tag == "v1"', false],
    ['pipeline.git.tag != "v1"', false],
  ])("%s is %s on main", (source, holds) => {
    expect(expressionFault(source)).toBeUndefined();
    expect(expressionHolds(source, values)).toEqual({ holds });
  });

  test.each([
    ["pipeline.git.branch ==", "Expected"],
    ["pipeline.git.brunch", "cannot be read here"],
    ['pipeline.parameters.deploy == "yes"', "no parameters"],
    ["pipeline.trigger_parameters.webhook.body", "no parameters"],
    ["true or parameters.x", "cannot be read here"],
  ])("%s is refused when it is set", (source, fault) => {
    expect(expressionFault(source)).toContain(fault);
  });

  test.each(["pipeline.git.brunch", "pipeline.parameters.deploy", "pipeline.git.branch > 3", "(true", ""])(
    "that cannot be decided denies: %s",
    (source) => {
      expect(expressionHolds(source, values)).toEqual({ holds: false, fault: expect.any(String) });
    },
  );
});

test.each([
  ["main", "main", true],
  ["main", "maint", false],
  ["/release\\/.*/", "release/1", true],
  ["/v\\d+/", "v1.2", false],
  ["/v(/", "v", false],
])("the pattern %s and the name %s: %s (R-FLT-1)", (pattern, name, matches) => {
  expect(nameMatches(pattern, name)).toBe(matches);
  expect(patternFault(pattern) === undefined).toBe(pattern !== "/v(/");
});
