import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { diagnosticCodes } from "../src/index.ts";
import { corpusFailures } from "../test/corpus-failures.ts";
import { knownRules } from "../test/rules/known-rules.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
/** The page that this makes the tables of. */
export const pageFile = join(repository, "docs/compatibility.md");

const testFiles = [
  "{apps,packages}/*/{src,test}/**/*.{test,cases}.ts",
  "packages/testkit/scenarios/*.test.ts",
];
const noTest = "no test yet";

/** The page with its tables made anew; what is written by hand around them stays. */
export function compatibilityPage(page: string): string {
  const tables = { warnings: warningTable(), count: ruleCount(), rules: ruleTable(), corpus: corpusTable() };
  return Object.entries(tables).reduce((text, [name, table]) => replaceTable(text, name, table), page);
}

/** Test files by the rules that they cite, as paths from the repository's root. */
export function citations(): Map<string, string[]> {
  const cited = new Map<string, string[]>();
  for (const file of globSync(testFiles, { cwd: repository }).sort()) {
    const text = readFileSync(join(repository, file), "utf8");
    // `rule: "R-…"` is a diagnostic of a fixture.
    const ids = text.matchAll(/(?<!rule: ")R-[A-Z]+-\d+/g);
    for (const id of new Set(Array.from(ids, ([found]) => found))) {
      cited.set(id, [...(cited.get(id) ?? []), file]);
    }
  }
  return cited;
}

function warningTable(): string {
  const warnings = Object.entries(diagnosticCodes).filter(([, { severity }]) => severity === "warning");
  return markdownTable(
    ["code", "rule", "when"],
    warnings.map(([code, { rule, summary }]) => [`\`${code}\``, rule, summary]),
  );
}

function ruleCount(): string {
  const cited = citations();
  return Object.entries(knownRules)
    .map(([phase, rules]) => {
      const tested = rules.filter((rule) => cited.has(rule)).length;
      return `- ${phase}: ${tested} of ${rules.length} rules have a test`;
    })
    .join("\n");
}

function ruleTable(): string {
  const cited = citations();
  const rows = Object.entries(knownRules).flatMap(([phase, rules]) =>
    rules.map((rule) => [rule, phase, cited.get(rule)?.map(linkTo).join(", ") ?? noTest]),
  );
  return markdownTable(["rule", "decided at", "tests"], rows);
}

function linkTo(file: string): string {
  return `[${basename(file, ".ts").replace(/\.test$/, "")}](../${file})`;
}

function corpusTable(): string {
  return markdownTable(
    ["file", "why it does not compile"],
    corpusFailures.map(({ file, reason }) => [`\`${file}\``, reason]),
  );
}

/** With columns as the formatter aligns them. */
function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], filler: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, filler)).join(" | ")} |`;
  const below = line(Array<string>(head.length).fill("-"), "-");
  return [line(head, " "), below, ...rows.map((row) => line(row, " "))].join("\n");
}

function replaceTable(page: string, name: string, table: string): string {
  const [begin, end] = [`<!-- begin ${name}: made by \`pnpm compatibility\` -->`, `<!-- end ${name} -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from)
    throw new Error(`docs/compatibility.md lacks the lines "${begin}" and "${end}"`);
  return `${page.slice(0, from)}${begin}\n\n${table}\n\n${page.slice(to)}`;
}
