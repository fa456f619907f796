import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { load } from "js-yaml";
import { compile, languageSchema } from "../index.ts";

const validate = new Ajv({ strict: true, strictTypes: false, allErrors: true }).compile(languageSchema());

/** Codes of what the schema cannot see: names, graphs, values. */
const shapeCodes = new Set([
  "unknown-key",
  "missing-key",
  "wrong-type",
  "wrong-value",
  "bad-name",
  "step-keys",
  "invocation-keys",
  "version-missing",
  "version-unknown",
]);

function compilesByShape(text: string): boolean {
  const result = compile(text, { file: "c.yml", pipeline: new Map([["pipeline.git.branch", "main"]]) });
  return (
    result.kind !== "rejected" ||
    !result.diagnostics.some(({ code, severity }) => severity === "error" && shapeCodes.has(code))
  );
}

function fitsSchema(text: string): boolean {
  return validate(load(text));
}

const head = "version: 2.1\n";
const job = "{ docker: [{ image: a }], steps: [checkout] }";
const flow = "workflows: { w: { jobs: [build] } }\n";
const withSteps = (steps: string) =>
  `${head}jobs: { build: { docker: [{ image: a }], steps: ${steps} } }\n${flow}`;
const withJob = (extra: string) =>
  `${head}jobs: { build: { docker: [{ image: a }], steps: [checkout], ${extra} } }\n${flow}`;
const withInvocation = (body: string) =>
  `${head}jobs: { build: ${job} }\nworkflows: { w: { jobs: [build: ${body}] } }\n`;

const valid: readonly (readonly [name: string, text: string])[] = [
  ["the smallest config", `${head}jobs: { build: ${job} }\n${flow}`],
  ["a version as a text", `version: "2.1"\njobs: { build: ${job} }\n${flow}`],
  [
    "version 2 with keys that nobody knows",
    `version: 2\njobs: { build: { docker: [{ image: a }], steps: [checkout], x: 1 } }\n`,
  ],
  ["a top-level key for anchors", `${head}x-defaults: { a: [1, 2] }\njobs: { build: ${job} }\n${flow}`],
  ["run as a text", withSteps("[run: make]")],
  [
    "run as a map",
    withSteps("[run: { command: make, when: always, no_output_timeout: 900, environment: { A: 1 } }]"),
  ],
  ["a key of a step that nothing reads", withSteps("[run: { command: make, description: x }]")],
  ["a templated condition", withSteps("[when: { condition: << pipeline.number >>, steps: [run: x] }]")],
  [
    "steps in steps in steps",
    withSteps("[when: { condition: true, steps: [unless: { condition: false, steps: [checkout] }] }]"),
  ],
  ["a cache", withSteps("[restore_cache: { keys: [a, b] }, save_cache: { key: a, paths: [x] }]")],
  [
    "parallelism as a template",
    withJob("parameters: { n: { type: integer, default: 2 } }, parallelism: << parameters.n >>"),
  ],
  ["a resource class and a shell as a list", withJob("resource_class: large, shell: [bash, -c]")],
  ["an environment as a list", withJob('environment: ["A=b", { C: d }]')],
  ["an invocation without a body", withInvocation("")],
  ["filters as an expression", withInvocation('{ filters: pipeline.git.branch == "main" }')],
  ["filters as maps", withInvocation("{ filters: { branches: { only: main }, tags: { ignore: [/v.*/] } } }")],
  [
    "a matrix",
    `${head}jobs: { build: { parameters: { n: { type: integer } }, docker: [{ image: a }], steps: [checkout] } }\nworkflows: { w: { jobs: [build: { matrix: { parameters: { n: [1, 2] } } }] } }\n`,
  ],
  [
    "an approval and statuses",
    `${head}jobs: { build: ${job} }\nworkflows: { w: { jobs: [hold: { type: approval }, build: { requires: [hold: [success, failed]] }] } }\n`,
  ],
  [
    "a workflow with conditions",
    `${head}jobs: { build: ${job} }\nworkflows: { version: 2, w: { when: { equal: [1, 1] }, jobs: [build] } }\n`,
  ],
  [
    "commands and executors",
    `${head}commands: { c: { steps: [checkout] } }\nexecutors: { e: { docker: [{ image: a }] } }\njobs: { build: { executor: e, steps: [c] } }\n${flow}`,
  ],
  ["a machine by its name", `${head}jobs: { build: { machine: true, steps: [checkout] } }\n${flow}`],
  [
    "an inline orb",
    `${head}orbs: { o: { commands: { c: { steps: [checkout] } } } }\njobs: { build: { docker: [{ image: a }], steps: [o/c] } }\n${flow}`,
  ],
  ["an empty section", `${head}commands:\njobs: { build: ${job} }\n${flow}`],
  [
    "pipeline parameters",
    `${head}parameters: { go: { type: boolean, default: false } }\njobs: { build: ${job} }\n${flow}`,
  ],
];

const invalid: readonly (readonly [name: string, text: string])[] = [
  ["no version", `jobs: { build: ${job} }\n${flow}`],
  ["a version that does not exist", `version: 3\njobs: { build: ${job} }\n${flow}`],
  ["an unknown key of a job", withJob("stesp: [checkout]")],
  ["steps as a number", withSteps("3")],
  ["run without a command", withSteps("[run: { name: x }]")],
  ["a bare run", withSteps("[run]")],
  ["a step with two keys", withSteps("[{ run: x, name: y }]")],
  ["a when that nobody knows", withSteps("[run: { command: x, when: sometimes }]")],
  ["save_cache without paths", withSteps("[save_cache: { key: a }]")],
  ["a background that is a text", withSteps("[run: { command: x, background: maybe }]")],
  ["parallelism of zero", withJob("parallelism: 0")],
  [
    "an image without its name",
    `${head}jobs: { build: { docker: [{ name: a }], steps: [checkout] } }\n${flow}`,
  ],
  ["no images", `${head}jobs: { build: { docker: [], steps: [checkout] } }\n${flow}`],
  ["an unknown job type", withJob("type: nonsense")],
  ["a command without steps", `${head}commands: { c: { description: x } }\njobs: { build: ${job} }\n${flow}`],
  [
    "a command with a capital",
    `${head}commands: { Install: { steps: [checkout] } }\njobs: { build: ${job} }\n${flow}`,
  ],
  [
    "a parameter without a type",
    `${head}commands: { c: { parameters: { p: { default: x } }, steps: [checkout] } }\njobs: { build: ${job} }\n${flow}`,
  ],
  [
    "a type that nobody knows",
    `${head}parameters: { p: { type: text, default: x } }\njobs: { build: ${job} }\n${flow}`,
  ],
  ["an unknown status", withInvocation("{ requires: [hold: sometimes] }")],
  ["filters with an unknown key inside", withInvocation("{ filters: { branches: { onyl: main } } }")],
  ["a matrix without parameters", withInvocation("{ matrix: { alias: x } }")],
  ["a workflow without jobs", `${head}jobs: { build: ${job} }\nworkflows: { w: { when: true } }\n`],
  [
    "an invocation with two keys",
    `${head}jobs: { build: ${job} }\nworkflows: { w: { jobs: [{ build: null, requires: [x] }] } }\n`,
  ],
  ["jobs as a list", `${head}jobs: [build]\n${flow}`],
];

describe("the JSON Schema and compile agree", () => {
  test.each(valid)("%s is right", (_, text) => {
    expect(compilesByShape(text)).toBe(true);
    expect({ fits: fitsSchema(text), errors: validate.errors }).toEqual({ fits: true, errors: null });
  });

  test.each(invalid)("%s is wrong", (_, text) => {
    expect(compilesByShape(text)).toBe(false);
    expect(fitsSchema(text)).toBe(false);
  });
});

test("what an editor shows is described", () => {
  const schema = languageSchema() as { else: { properties: Record<string, { description?: string }> } };
  for (const [key, property] of Object.entries(schema.else.properties)) {
    expect([key, typeof property.description]).toEqual([key, "string"]);
  }
});

test("the schema is the same at every call, and plain data", () => {
  expect(JSON.parse(JSON.stringify(languageSchema()))).toEqual(languageSchema());
});
