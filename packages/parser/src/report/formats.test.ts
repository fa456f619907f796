import { describe, expect, test } from "@jest/globals";
import {
  compile,
  formatDiagnostic,
  formatGitHub,
  formatJson,
  formatPretty,
  formatSarif,
  type Diagnostic,
} from "../index.ts";

const file = ".circleci/config.yml";

function diagnosticsOf(text: string): readonly Diagnostic[] {
  const pipeline = new Map([["pipeline.git.branch", "main"]]);
  const result = compile(text, { file, pipeline });
  if (result.kind === "needs-orbs") throw new Error("the text uses orbs");
  return result.kind === "rejected" ? result.diagnostics : result.warnings;
}

const misspelt = `version: 2.1
jobs:
  build:
    docker: [{ image: a }]
    stesp: [checkout]
    steps: [checkout]
workflows: { w: { jobs: [build] } }
`;

const throughCommand = `version: 2.1
commands:
  greet:
    parameters: { who: { type: string, default: x } }
    steps:
      - run: echo << parameters.whom >>
jobs:
  build:
    docker: [{ image: a }]
    steps: [greet]
workflows: { w: { jobs: [build] } }
`;

describe("pretty", () => {
  test("an excerpt shows the line above, and the last line counts", () => {
    const text = formatPretty(diagnosticsOf(misspelt), { sources: new Map([[file, misspelt]]) });
    expect(text).toBe(
      [
        `${file}:5:5  error  unknown-key  extraneous key [stesp] is not permitted in the job \`build\` (R-TOP-3)`,
        "  4 |     docker: [{ image: a }]",
        "  5 |     stesp: [checkout]",
        "    |     ^^^^^",
        "  hint: Did you mean `steps`?",
        "1 error, 0 warnings",
      ].join("\n"),
    );
  });

  test("a mistake inside of a command names the calls that led there", () => {
    const text = formatPretty(diagnosticsOf(throughCommand));
    expect(text).toContain("  from .circleci/config.yml:10:13  Error calling command: 'greet'");
    expect(text.endsWith("1 error, 0 warnings")).toBe(true);
  });

  test("colours mark the severity and the caret, and nothing without them", () => {
    const [diagnostic] = diagnosticsOf(misspelt);
    expect(formatDiagnostic(diagnostic!, { color: true })).toContain("\u001b[31m^^^^^\u001b[0m");
    expect(formatDiagnostic(diagnostic!)).not.toContain("\u001b");
  });

  test("the caret stands below its word behind wide characters and tabs", () => {
    const [diagnostic] = diagnosticsOf(
      `version: 2.1\njobs: { build: { environment: { A: "日本\t🙂" }, stesp: [] , docker: [{image: a}], steps: [checkout] } }\n`,
    );
    const [, line, caret] = formatDiagnostic(diagnostic!).split("\n");
    // Three wide characters take two columns each and one unit or two in the text.
    expect(caret!.indexOf("^")).toBe(line!.indexOf("stesp") + 2);
    expect(line).not.toContain("\t");
  });

  test("a message cannot steer the terminal", () => {
    const text = formatPretty(diagnosticsOf(`version: 2.1\njobs: { "a\\e[31mb": { steps: 3 } }\n`));
    expect(text).not.toContain("\u001b");
  });

  test("a very long line is cut around its caret", () => {
    const padding = "x".repeat(5_000);
    const text = formatPretty(
      diagnosticsOf(
        `version: 2.1\njobs: { build: { docker: [{ image: a }], description: ${padding}, stesp: [] } }\n`,
      ),
    );
    const lines = text.split("\n");
    const caret = lines.find((line) => line.includes("^^^^^"))!;
    const line = lines[lines.indexOf(caret) - 1]!;
    expect(line.length).toBeLessThan(200);
    expect(line.slice(caret.indexOf("^"), caret.indexOf("^") + 5)).toBe("stesp");
  });
});

test("JSON counts the diagnostics and holds them as they are", () => {
  const diagnostics = diagnosticsOf(misspelt);
  expect(JSON.parse(formatJson(diagnostics))).toEqual({ errors: 1, warnings: 0, diagnostics });
});

describe("GitHub annotations", () => {
  test("a diagnostic is a workflow command with its place", () => {
    expect(formatGitHub(diagnosticsOf(misspelt))).toBe(
      `::error file=${file},line=5,endLine=5,col=5,endColumn=10,title=unknown-key::extraneous key [stesp] is not permitted in the job \`build\`%0ADid you mean \`steps\`?`,
    );
  });

  test("what has a meaning in a command is escaped", () => {
    const range = { file: "a,b:c.yml", start: { line: 1, column: 1 }, end: { line: 2, column: 1 } };
    const written = formatGitHub([{ code: "x", severity: "warning", message: "50%\nof it", range }]);
    expect(written).toBe("::warning file=a%2Cb%3Ac.yml,line=1,endLine=2,col=1,title=x::50%25%0Aof it");
  });
});

describe("SARIF", () => {
  test("the log has what version 2.1.0 asks for", () => {
    const log = JSON.parse(formatSarif(diagnosticsOf(throughCommand), { version: "1.2.3" })) as SarifLog;
    expect(log.version).toBe("2.1.0");
    expect(log.$schema).toMatch(/sarif-2\.1\.0/);
    expect(log.runs).toHaveLength(1);
    const [run] = log.runs;
    expect(run!.tool.driver).toMatchObject({ name: "fmg", version: "1.2.3" });
    expect(run!.results).toHaveLength(1);
    for (const result of run!.results) {
      expect(run!.tool.driver.rules[result.ruleIndex]!.id).toBe(result.ruleId);
      expect(["error", "warning"]).toContain(result.level);
      expect(result.message.text).not.toBe("");
      expect(result.locations).toHaveLength(1);
      for (const { physicalLocation } of [...result.locations, ...result.relatedLocations]) {
        const { startLine, startColumn, endLine, endColumn } = physicalLocation.region;
        for (const number of [startLine, startColumn, endLine, endColumn]) expect(number).toBeGreaterThan(0);
        expect(endLine > startLine || endColumn > startColumn).toBe(true);
        expect(physicalLocation.artifactLocation.uri).toBe(file);
      }
    }
    expect(run!.results[0]!.relatedLocations.map(({ id }) => id)).toContain(0);
  });

  test("a config without a mistake is a run without results", () => {
    const log = JSON.parse(formatSarif([])) as SarifLog;
    expect(log.runs[0]!.results).toEqual([]);
    expect(log.runs[0]!.tool.driver.rules).toEqual([]);
  });

  test("a file's name is a reference that can be resolved", () => {
    const range = { file: "dir one/a#b.yml", start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };
    const text = formatSarif([{ code: "x", severity: "error", message: "m", range }]);
    expect(text).toContain('"uri": "dir%20one/a%23b.yml"');
  });
});

interface SarifLocation {
  readonly id: number;
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string };
    readonly region: Record<"startLine" | "startColumn" | "endLine" | "endColumn", number>;
  };
}

interface SarifLog {
  readonly $schema: string;
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: readonly SarifLocation[];
      readonly relatedLocations: readonly SarifLocation[];
    }[];
  }[];
}
