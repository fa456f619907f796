import { afterEach, expect, test } from "@jest/globals";
import { createConfigCompiler, type ConfigCompiler } from "./config-compiler.ts";

let compiler: ConfigCompiler | undefined;
afterEach(() => compiler?.close());

const request = (text: string) => ({
  text,
  file: ".circleci/config.yml",
  pipeline: new Map([
    ["pipeline.git.branch", "main"],
    ["pipeline.git.tag", null],
  ]),
  orbs: new Map<string, string>(),
  unavailableOrbs: new Map<string, string>(),
});

const small = `version: 2.1
jobs:
  build:
    docker: [{ image: alpine }]
    steps: [checkout]
workflows:
  main:
    jobs: [build]
`;

test("compiles in a thread of its own, one config after the other", async () => {
  compiler = createConfigCompiler();
  const [good, bad] = await Promise.all([
    compiler.compile(request(small)),
    compiler.compile(request("version: 9")),
  ]);
  expect(good).toMatchObject({ kind: "compiled", plan: { workflows: [{ name: "main" }] } });
  expect(bad).toMatchObject({ kind: "rejected" });
}, 30_000);

test("a resource class of the operator's is known, and another is not (R-RC-2)", async () => {
  compiler = createConfigCompiler();
  const config = request(small.replace("docker:", "resource_class: tiny\n    docker:"));
  expect(await compiler.compile({ ...config, resourceClasses: ["tiny"] })).toMatchObject({
    kind: "compiled",
  });
  expect(await compiler.compile(config)).toMatchObject({
    kind: "rejected",
    diagnostics: [{ code: "unknown-resource-class" }],
  });
}, 30_000);

test("a config that takes longer than its deadline costs that deadline, and the next one compiles", async () => {
  compiler = createConfigCompiler({ deadlineMs: 1 });
  expect(await compiler.compile(request(small))).toBe("too-expensive");
  await compiler.close();
  compiler = createConfigCompiler();
  expect(await compiler.compile(request(small))).toMatchObject({ kind: "compiled" });
}, 30_000);
