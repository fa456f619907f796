import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { citations, compatibilityPage, pageFile } from "../scripts/compatibility-page.ts";
import { allCases } from "./rules/all-cases.ts";
import { knownRules } from "./rules/known-rules.ts";

describe("docs/compatibility.md", () => {
  test("is up to date: if this fails, run `pnpm compatibility` in packages/parser", () => {
    const page = readFileSync(pageFile, "utf8");
    expect(page).toBe(compatibilityPage(page));
  });

  test("every rule that is decided at compile time has a test", () => {
    const cited = citations();
    expect(knownRules["compile-time"].filter((rule) => !cited.has(rule))).toEqual([]);
  });

  test("a rule stands in it once", () => {
    const rules = Object.values(knownRules).flat();
    expect(rules.length).toBe(new Set(rules).size);
  });

  test("cases cite only rules that there are", () => {
    const rules = new Set(Object.values(knownRules).flat());
    const cited = Object.values(allCases).flatMap((cases) => cases.flatMap((each) => each.rules));
    expect(cited.filter((rule) => !rules.has(rule))).toEqual([]);
  });
});
