import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { CORE_SCHEMA, load, mergeTag } from "js-yaml";
import { tryEvaluate, tryParse } from "../src/4-expand/expression/run.ts";
import { compile, printConfig, type Diagnostic } from "../src/index.ts";
import { compileWithOrbs, orbFolder, type SettledCompilation } from "../src/node/index.ts";
import { corpusFailures } from "./corpus-failures.ts";

// Real configs belong to their authors, so they stand outside of this repository: `configs/*.yml`, `orbs/<ns>__<name>@<v>.yml`,
// and below `fixtures` any `x.yml` with `x.compiled.yml`, and `CircleCI-Public__expr/*.json`.
const corpus = process.env["FMG_CORPUS"];

const pipeline = new Map<string, string | number | boolean | null>([
  ["pipeline.id", "2f3c0a4e-0f3e-4a5c-9a58-0d7b6c1f7f10"],
  ["pipeline.number", 7],
  ["pipeline.git.branch", "main"],
  ["pipeline.git.tag", null],
  ["pipeline.project.type", "github"],
]);

if (corpus === undefined) {
  test("no corpus of real configs was given in FMG_CORPUS, so none is compared", () => {
    expect(corpus).toBeUndefined();
  });
} else {
  describe("the configs of the corpus", () => {
    testConfigs(corpus);
  });
  describe("the orbs of the corpus", () => {
    testOrbs(corpus);
  });
  describe("the compiled pairs of the corpus", () => {
    testPairs(corpus);
  });
  describe("the conditions of the corpus", () => {
    testExpressions(corpus);
  });
}

function testConfigs(folder: string): void {
  const files = namesIn(join(folder, "configs"));

  test.each(files)("%s compiles, or what it lacks is told at a place", async (file) => {
    const text = readFileSync(join(folder, "configs", file), "utf8");
    const result = await compileVendored(folder, file, text);
    const diagnostics = result.kind === "compiled" ? result.warnings : result.diagnostics;
    for (const diagnostic of diagnostics) expectPlace(diagnostic);
    if (result.kind === "compiled") expectSamePrint(printConfig(result.config));
    else expect(otherErrors(diagnostics)).toEqual([]);
  });

  test("those that do not compile are the documented ones", async () => {
    const failed = [];
    for (const file of files) {
      const text = readFileSync(join(folder, "configs", file), "utf8");
      const result = await compileVendored(folder, file, text);
      if (result.kind !== "compiled") failed.push(file);
    }
    expect(failed).toEqual(corpusFailures.map(({ file }) => file));
  });
}

function testOrbs(folder: string): void {
  test.each(namesIn(join(folder, "orbs")))(
    "%s works, but for orbs of its own that are missing",
    async (file) => {
      const reference = file.replace("__", "/").replace(/\.yml$/, "");
      const text = [
        "version: 2.1",
        `orbs: {o: ${reference}}`,
        "jobs: {build: {docker: [{image: a}], steps: [checkout]}}",
        "workflows: {w: {jobs: [build]}}",
      ].join("\n");
      const result = await compileVendored(folder, file, text);
      const errors = result.kind === "rejected" ? result.diagnostics : [];
      for (const diagnostic of errors) expectPlace(diagnostic);
      expect(otherErrors(errors)).toEqual([]);
      const missing = errors.filter((error) => error.message.includes(`\`${reference}\``));
      expect(missing).toEqual([]);
    },
  );
}

function testPairs(folder: string): void {
  const compiled = globSync("fixtures/**/*.compiled.yml", { cwd: folder }).sort();

  test.each(compiled)("%s says what comes out of its source", async (file) => {
    const source = readFileSync(join(folder, file.replace(".compiled.yml", ".yml")), "utf8");
    const result = await compileVendored(folder, file, source);
    expect(result.kind === "rejected" ? result.diagnostics : []).toEqual([]);
    if (result.kind !== "compiled") throw new Error("expected a compiled config");
    const printed = printConfig(result.config);
    // Equality of maps does not see their order; that of lists does.
    expect(parsed(printed)).toEqual(parsed(readFileSync(join(folder, file), "utf8")));
    expectSamePrint(printed);
  });
}

/** One case of the expression language's own corpus. */
interface ExpressionCase {
  readonly case: string;
  readonly input: { readonly expression: string; readonly environment?: Readonly<Record<string, unknown>> };
  readonly expected: {
    readonly result?: unknown;
    readonly error?: {
      readonly errorType: string;
      readonly tokenType?: string;
      readonly lexeme: string;
      readonly charPos: number;
    };
  };
}

function testExpressions(folder: string): void {
  const cases = (file: string): ExpressionCase[] =>
    JSON.parse(
      readFileSync(join(folder, "fixtures/CircleCI-Public__expr", file), "utf8"),
    ) as ExpressionCase[];

  test.each(named(cases("evaluator-test-corpus.json")))("%s has its value", (_, each) => {
    expect(outcomeOf(each, (value) => plainValue(value))).toEqual(wantedOf(each));
  });

  test.each(named(cases("test-corpus.json")))("%s holds or not", (_, each) => {
    expect(outcomeOf(each, (value) => value !== false && value !== undefined)).toEqual(wantedOf(each));
  });
}

function named(cases: readonly ExpressionCase[]): (readonly [string, ExpressionCase])[] {
  return cases.map((each) => [each.case, each] as const);
}

function outcomeOf({ input }: ExpressionCase, show: (value: unknown) => unknown): object {
  const environment = input.environment ?? {};
  const lookup = (name: string) =>
    Object.hasOwn(environment, name)
      ? { value: (environment[name] ?? undefined) as string | number | boolean | undefined }
      : ("unknown" as const);
  const expression = tryParse(input.expression, "direct");
  const outcome = expression instanceof Error ? expression : tryEvaluate(expression, lookup);
  if (!(outcome instanceof Error)) return { result: show(outcome.value) };
  const { type, token, lexeme, position } = outcome;
  return { error: { errorType: type, tokenType: token, lexeme, charPos: position } };
}

function wantedOf({ expected }: ExpressionCase): object {
  const { error, result } = expected;
  if (error === undefined) return { result };
  const { errorType, tokenType, lexeme, charPos } = error;
  return { error: { errorType, tokenType, lexeme, charPos } };
}

/** As the corpus writes values: null for none, patterns by their text. */
function plainValue(value: unknown): unknown {
  if (typeof value === "object" && value !== null && "pattern" in value) {
    return `corpus/regexp:${String(value.pattern)}`;
  }
  return value ?? null;
}

function namesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yml"))
    .sort();
}

async function compileVendored(folder: string, file: string, text: string): Promise<SettledCompilation> {
  const vendored = orbFolder(join(folder, "orbs"));
  return compileWithOrbs(text, { file, pipeline }, vendored, AbortSignal.timeout(60_000));
}

function otherErrors(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics
    .filter(({ severity, code }) => severity === "error" && code !== "orb-unavailable")
    .map(({ message, range }) => `${range.start.line}: ${message}`);
}

function expectPlace({ message, range }: Diagnostic): void {
  const { file, start, end } = range;
  expect({ message, file: file !== "", line: start.line > 0, column: start.column > 0 }).toEqual({
    message,
    file: true,
    line: true,
    column: true,
  });
  expect(end.line > start.line || end.column > start.column).toBe(true);
}

/** print(compile(print(compile(x)))) = print(compile(x)) */
function expectSamePrint(printed: string): void {
  const again = compile(printed, { file: "printed.yml", pipeline });
  expect(again.kind === "rejected" ? again.diagnostics : []).toEqual([]);
  if (again.kind === "compiled") expect(printConfig(again.config)).toBe(printed);
}

function parsed(text: string): unknown {
  return load(text, { schema: CORE_SCHEMA.withTags([mergeTag]) });
}
