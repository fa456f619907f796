import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile, printConfig, type Compilation } from "../src/index.ts";
import { mutate, mutationKinds, type Mutation } from "./mutate.ts";

const seeds = ["whole-language", "anchors"].map((name) =>
  readFileSync(new URL(`configs/${name}.yml`, import.meta.url), "utf8"),
);
const pipeline = new Map<string, string | number | boolean | null>([
  ["pipeline.git.branch", "main"],
  ["pipeline.git.tag", null],
  ["pipeline.number", 7],
  ["pipeline.project.slug", "gh/octo/repo"],
]);
const isLong = process.env["FMG_LONG"] === "1";
const runs = isLong ? 100_000 : 2_000;
/** The suite judges a change by the same configs each time; the long form looks for new ones and prints its seed. */
const chosen = isLong ? {} : { seed: 20_261_123 };
/** Seeds of what was once found: a broken flow list that doubled the text, an image that a template left empty. */
const found = [
  { seed: -1_529_876_203, path: "251:2:10:9:10" },
  { seed: -949_261_339, path: "1985:8" },
];
const long = { timeout: 60 * 60_000 };

function compileText(text: string): Compilation {
  return compile(text, { file: "config.yml", pipeline });
}

const mutations = fc.array(
  fc.record({ kind: fc.constantFrom(...mutationKinds), at: fc.nat(10_000), other: fc.nat(10_000) }),
  { minLength: 1, maxLength: 4 },
);

describe("any config", () => {
  test.each(seeds)("the seed itself compiles without a warning", (seed) => {
    const result = compileText(seed);
    expect(result.kind === "rejected" ? result.diagnostics : []).toEqual([]);
    expect(result.kind).toBe("compiled");
  });

  const checkMutated = (parameters: fc.Parameters<[string, Mutation[]]>) =>
    fc.assert(
      fc.property(fc.constantFrom(...seeds), mutations, (seed, changes) => {
        const text = mutate(seed, changes);
        const result = compileText(text);
        checkPlaces(text, result);
        checkPrint(result);
        if (!isDeepStrictEqual(compileText(text), result)) throw new Error("a second compile differs");
      }),
      parameters,
    );

  test(
    `${runs} mutated configs compile or are told what is wrong, at a place, the same way each time`,
    () => checkMutated({ ...chosen, numRuns: runs }),
    long.timeout,
  );

  test.each(found)(
    "a config that was once answered wrongly is answered rightly (seed $seed)",
    (parameters) => {
      checkMutated(parameters);
    },
  );

  test("any text at all is answered", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        checkPlaces(text, compileText(text));
        const headed = `version: 2.1\n${text}`;
        checkPlaces(headed, compileText(headed));
      }),
      { ...chosen, numRuns: 500 },
    );
  });
});

/** Every diagnostic points into the text. */
function checkPlaces(text: string, result: Compilation): void {
  const diagnostics =
    result.kind === "compiled" ? result.warnings : result.kind === "rejected" ? result.diagnostics : [];
  if (result.kind === "rejected") expect(diagnostics.some((d) => d.severity === "error")).toBe(true);
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  for (const { range, message, sourceLine } of diagnostics) {
    expect(message).not.toBe("");
    const line = lines[range.start.line - 1];
    if (line === undefined) throw new Error(`line ${range.start.line} of ${lines.length}: ${message}`);
    expect(sourceLine).toBe(line.replace(/\r$/, ""));
    expect(range.start.column).toBeGreaterThan(0);
    expect(range.start.column).toBeLessThanOrEqual(line.length + 2);
    const { start, end } = range;
    expect(end.line > start.line || end.column > start.column).toBe(true);
  }
}

/** print(compile(print(compile(x)))) = print(compile(x)) */
function checkPrint(result: Compilation): void {
  if (result.kind !== "compiled") return;
  const printed = printConfig(result.config);
  const again = compile(printed, { file: "config.yml", pipeline, continuation: true });
  const errors = again.kind === "rejected" ? again.diagnostics.map((d) => [d.message, d.range.start]) : [];
  expect({ errors, printed }).toEqual({ errors: [], printed });
  if (again.kind === "compiled") expect(printConfig(again.config)).toBe(printed);
}
