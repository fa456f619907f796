import { describe, expect, test } from "@jest/globals";
import { CORE_SCHEMA, load, mergeTag } from "js-yaml";
import { compile, printConfig } from "../index.ts";

const pipeline = new Map([["pipeline.git.branch", "main"]]);

function printOf(text: string): string {
  const result = compile(text, { file: "config.yml", pipeline });
  if (result.kind !== "compiled") throw new Error(JSON.stringify(result));
  return printConfig(result.config);
}

describe("the printed form", () => {
  test("has CircleCI's layout: two blanks, lists not indented, block texts (R-CF-6)", () => {
    const text = `
version: 2.1
jobs:
  a:
    docker: [{ image: i }]
    environment: { N: 8, E: "" }
    steps: [checkout, run: "one\\ntwo\\n", run: { command: c, environment: { F: 1.50 } }]
  b: { docker: [{ image: i }], steps: [checkout] }
workflows: { w: { jobs: [a, b: { requires: [a] }] } }
`;
    expect(printOf(text)).toBe(`version: 2
jobs:
  a:
    docker:
    - image: i
    environment:
    - N: 8
    - E: ''
    steps:
    - checkout
    - run:
        command: |
          one
          two
    - run:
        command: c
        environment:
          F: 1.5
  b:
    docker:
    - image: i
    steps:
    - checkout
workflows:
  w:
    jobs:
    - a
    - b:
        requires:
        - a
        upstream:
          a:
          - success
  version: 2
`);
  });

  test.each([
    "plain",
    "yes",
    "010",
    "1e3",
    "12:30",
    "null",
    "~",
    "<<",
    "=",
    " leading",
    "trailing ",
    "a: b",
    "a #b",
    "- a",
    "? a",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "`a",
    "{a",
    "[a",
    "it's",
    'say "x"',
    "back\\slash",
    "---",
    "tab\there",
    "bell\u0007",
    "line\u2028separator",
    "one\n  two\n\n three",
    "no newline at the\nend",
    "two newlines\n\n",
    "\n leading newline",
    "  indented\nfirst line",
    "carriage\rreturn",
    "windows\r\nlines\r\n",
    "\uFEFFmark",
    "é 日本 😀",
    "lone \uD800 half",
  ])("%j comes back as it was", (value) => {
    const written = JSON.stringify(value).replaceAll(
      /[\u007f-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    const printed = printOf(
      `version: 2.1\njobs: {build: {docker: [{image: i}], steps: [{run: {command: c, environment: {A: ${written.replaceAll("<<", "\\\\<<")}}}}]}}\n`,
    );
    const again = load(printed, { schema: CORE_SCHEMA.withTags([mergeTag]) }) as {
      jobs: { build: { steps: { run: { environment: { A: string } } }[] } };
    };
    expect(again.jobs.build.steps[0]!.run.environment.A).toBe(value);
  });

  test("a job that clashes with another workflow's is printed under a number, and a comment says so (R-CF-9)", () => {
    const body = (command: string) => `{docker: [{image: i}], steps: [{run: ${command}}]}`;
    const printed = printOf(
      `version: 2.1\njobs: {a: ${body("x")}, b: ${body("y")}}\nworkflows: {v: {jobs: [{a: {name: n}}]}, w: {jobs: [{b: {name: n}}]}}\n`,
    );
    expect(printed).toMatch(/^# Job 'n' of workflow 'w' is printed as 'n-1'\nversion: 2\n/);
    expect(printOf(printed)).toBe(printed);
  });
});
