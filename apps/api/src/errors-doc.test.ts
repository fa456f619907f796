import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";
import { problems } from "@fmg/client";
import { errorCodes } from "@fmg/core";
import { diagnosticCodes } from "@fmg/parser";
import { repoRoot } from "@fmg/testkit";

const text = readFileSync(join(repoRoot, "docs", "errors.md"), "utf8");

/** The rows of the table below a heading, as cells. */
function rowsBelow(heading: string): string[][] {
  const [, section = ""] = text.split(`## ${heading}\n`);
  return (section.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}

describe("docs/errors.md", () => {
  test("explains every problem of the API, with its HTTP status", () => {
    const documented = rowsBelow("Problems of the API").map(([code, status]) => [code, Number(status)]);

    expect(documented).toEqual(Object.entries(problems).map(([code, { status }]) => [code, status]));
  });

  test("explains every error of the platform", () => {
    expect(rowsBelow("Errors of the platform").map(([code]) => code)).toEqual(Object.keys(errorCodes));
  });

  test("explains every diagnostic of a config, with its severity and rule", () => {
    const documented = rowsBelow("Diagnostics of a config").map(([code, severity, rule]) => [
      code,
      severity,
      rule,
    ]);

    expect(documented).toEqual(
      Object.entries(diagnosticCodes).map(([code, { severity, rule }]) => [code, severity, rule]),
    );
  });
});
