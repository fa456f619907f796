import { describe, expect, test } from "@jest/globals";
import { compile, explain, formatExplanation, type Compilation, type ExplainQuery } from "../index.ts";

const text = `version: 2.1
parameters:
  deploy: { type: boolean, default: false }
orbs:
  tools:
    commands:
      greet:
        parameters: { who: { type: string, default: world } }
        steps: [run: "echo << parameters.who >>"]
commands:
  install:
    parameters: { tool: { type: string }, force: { type: boolean, default: false } }
    steps:
      - run: { name: << parameters.tool >>, command: get it }
      - when: { condition: << parameters.force >>, steps: [run: force it] }
executors:
  node: { docker: [{ image: a }] }
jobs:
  build:
    parameters: { version: { type: string, default: "20" } }
    executor: node
    resource_class: large
    steps:
      - checkout
      - install: { tool: << parameters.version >> }
      - tools/greet
workflows:
  main:
    jobs:
      - build: { version: "22" }
      - publish: { type: approval, filters: { branches: { only: [release] } } }
      - ship: { type: approval, filters: pipeline.git.branch == "release" }
      - after: { type: approval, requires: [publish] }
  nightly:
    when: << pipeline.parameters.deploy >>
    jobs: [build]
`;

function compiled(source = text): Extract<Compilation, { kind: "compiled" }> {
  const pipeline = new Map([["pipeline.git.branch", "main"]]);
  const result = compile(source, { file: "c.yml", pipeline });
  if (result.kind !== "compiled") throw new Error(JSON.stringify(result));
  return result;
}

const lines = (query: ExplainQuery) => explain(compiled(), query).map(formatExplanation).join("\n");

describe("explain", () => {
  test("a job's parts are told with the command, orb, argument and line that each came from", () => {
    expect(lines({ workflow: "main", job: "build" })).toBe(
      [
        'job "build" of the workflow "main", invoked at c.yml:30:9',
        "  is the job `build`, defined at c.yml:19:3",
        "    ".slice(4) + '      version is "22", given at c.yml:30:27',
        "  has `docker` from c.yml:17:11",
        "  has `resource_class` from c.yml:22:5",
        "  step 1: checkout, at c.yml:24:9",
        '  step 2: run "22", at c.yml:14:9',
        "      from the command `install`, defined at c.yml:11:3, called at c.yml:25:9",
        '          tool is "22", given at c.yml:25:26',
        "            `parameters.version` has its value from here: c.yml:30:27",
        "          force is false, by default at c.yml:12:76",
        "      `parameters.tool` has its value from here: c.yml:25:26",
        "      `parameters.version` has its value from here: c.yml:30:27",
        '  step 3: run "echo world", at c.yml:9:17',
        "      from the command `greet` of the orb tools, defined at c.yml:7:7, called at c.yml:26:9",
        '          who is "world", by default at c.yml:8:53',
        "  leaves steps out: its `when` does not hold, at c.yml:15:28",
        "      parameters.force is false, from c.yml:12:76",
      ].join("\n"),
    );
  });

  test("a job that is left out names the filter and the value that left it out", () => {
    expect(lines({ job: "publish" })).toContain(
      '  does not run: branch "main" does not match filters.branches.only ["release"], at c.yml:31:65 (R-FLT-4)',
    );
    expect(lines({ job: "ship" })).toContain('      pipeline.git.branch is "main"');
    expect(lines({ job: "after" })).toContain('all jobs that it requires ("publish") are left out');
  });

  test("a job of a workflow that does not run names the condition and its value", () => {
    expect(lines({ workflow: "nightly" })).toBe(
      [
        'job "build" of the workflow "nightly", invoked at c.yml:36:12',
        '  does not run: the workflow "nightly" does not run: its `when` does not hold, at c.yml:35:11 (R-WHEN-1)',
        "      pipeline.parameters.deploy is false, from c.yml:3:37",
      ].join("\n"),
    );
  });

  test("one step is asked for by its number or its name", () => {
    for (const step of [3, "echo world"]) {
      const [explanation] = explain(compiled(), { workflow: "main", job: "build", step });
      expect(explanation!.steps.map(({ number }) => number)).toEqual([3]);
    }
  });

  test("nothing is found under a name that nothing bears", () => {
    expect(explain(compiled(), { job: "nobody" })).toEqual([]);
    expect(explain(compiled(), { workflow: "nobody" })).toEqual([]);
  });

  test("jobs of a matrix are told apart, each with its own value", () => {
    const result = compiled(`version: 2.1
jobs:
  test:
    parameters: { n: { type: integer } }
    docker: [{ image: a }]
    steps: [when: { condition: { equal: [1, << parameters.n >>] }, steps: [run: one] }, run: all]
workflows: { w: { jobs: [test: { matrix: { parameters: { n: [1, 2] } } }] } }
`);
    const [one, two] = explain(result);
    expect(one!.definition!.arguments[0]).toMatchObject({ value: "1", range: { start: { line: 7 } } });
    expect([one!.leftOutSteps.length, two!.leftOutSteps.length]).toEqual([0, 1]);
    expect(two!.leftOutSteps[0]!.values).toMatchObject([{ name: "parameters.n", value: "2" }]);
  });

  test("an explanation is plain data, and so is a compilation", () => {
    const result = compiled();
    expect(structuredClone(explain(result))).toEqual(explain(result));
    expect(structuredClone(result)).toEqual(result);
  });
});
