import { describe, expect, test } from "@jest/globals";
import { compile, formatDiagnostic } from "./index.ts";

const pipeline = new Map<string, string | number | boolean | null>([
  ["pipeline.git.branch", "main"],
  ["pipeline.git.tag", null],
  ["pipeline.number", 7],
]);

function compileText(text: string) {
  return compile(text, { file: ".circleci/config.yml", pipeline });
}

describe("compile", () => {
  test("a config with two jobs becomes a plan with their order", () => {
    const result = compileText(`
version: 2.1
jobs:
  build:
    docker: [{ image: "cimg/base:stable" }]
    steps: [checkout, run: make]
  deploy:
    docker: [{ image: "cimg/base:stable" }]
    steps: [run: { name: Deploy, command: make deploy, no_output_timeout: 20m }]
workflows:
  main:
    jobs: [build, deploy: { requires: [build] }]
`);
    if (result.kind !== "compiled") throw new Error(JSON.stringify(result));
    const [build, deploy] = result.plan.workflows[0]!.jobs;
    expect(build).toMatchObject({ kind: "build", name: "build", workingDirectory: "~/project" });
    expect(deploy).toMatchObject({
      name: "deploy",
      requires: [{ job: "build", statuses: ["success"] }],
      steps: [{ kind: "run", name: "Deploy", command: "make deploy", noOutputTimeoutMs: 1_200_000 }],
    });
  });

  test("a mistake is told with its place, its source line and a hint", () => {
    const result = compileText(`
version: 2.1
jobs:
  build:
    docker: [{ image: a }]
    stepz: [checkout]
    steps: [chekout]
workflows: { w: { jobs: [build] } }
`);
    if (result.kind !== "rejected") throw new Error("the config was not rejected");
    expect(result.diagnostics.map((d) => [d.code, d.range.start, d.hint])).toEqual([
      ["unknown-key", { line: 6, column: 5 }, "Did you mean `steps`?"],
      ["unknown-element", { line: 7, column: 13 }, "Did you mean `checkout`?"],
    ]);
    expect(formatDiagnostic(result.diagnostics[0]!)).toBe(
      [
        ".circleci/config.yml:6:5  error  unknown-key  extraneous key [stepz] is not permitted in the job `build` (R-TOP-3)",
        "  6 |     stepz: [checkout]",
        "    |     ^^^^^",
        "  hint: Did you mean `steps`?",
      ].join("\n"),
    );
  });
});

describe("hints", () => {
  const hintsOf = (text: string) => {
    const result = compile(text, { file: "config.yml", pipeline: new Map() });
    return result.kind === "rejected" ? result.diagnostics.map(({ hint }) => hint) : [];
  };
  const job = "{ docker: [{ image: a }], steps: [checkout] }";
  const jobs = `version: 2.1\njobs: { a: ${job}, b: ${job} }\n`;
  const matrix = "{ alias: all, parameters: { v: [x] } }";
  const withMatrix = `version: 2.1\njobs: { a: { parameters: { v: { type: string } }, ${job.slice(1)}, b: ${job} }\n`;

  test.each([
    [
      "a misspelt key of an invocation",
      `${jobs}workflows: { w: { jobs: [a, b: { require: [a] }] } }`,
      "Did you mean `requires`?",
    ],
    [
      "a misspelt job of an orb",
      `version: 2.1\norbs: { o: { jobs: { greet: ${job} } } }\nworkflows: { w: { jobs: [o/greeet] } }`,
      "Did you mean `o/greet`?",
    ],
    [
      "a matrix that has an alias",
      `${withMatrix}workflows: { w: { jobs: [a: { matrix: ${matrix} }, b: { requires: [a] }] } }`,
      "The matrix of `a` goes by its alias: `all`.",
    ],
    ["a text with a colon", "a:\n  - run: echo a: b", "must stand in quotes, or below `|`"],
    [
      "a forgotten colon",
      "j:\n  a: b\n  steps\n    - x\nk:\n  c: d\n",
      "Is a colon missing at the end of a line above?",
    ],
    ["a quote that stays open", 'a: "b\nc: d\n', "A quote above is never closed."],
    ["a text that begins with a percent sign", "run: %x", "A text that begins with %, @ or ` must stand in"],
  ])("%s is told what to write", (_, text, hint) => {
    expect(hintsOf(text)).toEqual([expect.stringContaining(hint)]);
  });

  test("an anchor that does not exist is one mistake, also where it is merged", () => {
    expect(hintsOf(`${jobs}x: { <<: *nope }\n`)).toHaveLength(1);
  });
});
