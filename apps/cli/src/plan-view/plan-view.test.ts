import { readFileSync } from "node:fs";
import { compile, explain } from "@fmg/parser";
import { describe, expect, test } from "@jest/globals";

import { graphDot, graphText } from "./graph-text.ts";
import { planGraph } from "./plan-graph.ts";
import { planTree } from "./plan-tree.ts";

const config = readFileSync(new URL("testing/config.yml", import.meta.url), "utf8");

function compiled(branch: string) {
  const pipeline = new Map([
    ["pipeline.git.branch", branch],
    ["pipeline.git.tag", null],
  ]);
  const compilation = compile(config, { file: "config.yml", pipeline });
  if (compilation.kind !== "compiled") throw new Error(JSON.stringify(compilation));
  return compilation;
}

describe("a plan as a tree", () => {
  test("shows what each job runs on and waits for, and what does not run and why", () => {
    expect(planTree(compiled("dev").plan, { steps: false })).toEqual([
      "main",
      "├─ build  docker cimg/node:22.11",
      "├─ test  docker cimg/node:22.11 + 1 service, 4 nodes  ← build",
      "├─ hold  approval  ← test",
      '├─ ⊘ deploy  branch "dev" does not match filters.branches.only ["main"] (config.yml:38:31, R-FLT-4)',
      "└─ tell  docker cimg/node:22.11  ← test (failed or canceled)",
      "⊘ nightly  its `when` does not hold (config.yml:42:11, R-WHEN-1)",
    ]);
  });

  test("shows steps, those that a condition leaves out, and what the caller leaves out", () => {
    const compilation = compiled("dev");
    const explanations = explain(compilation);
    const notRun = (_: string, job: string): string | undefined =>
      job === "build" ? undefined : "--job names build alone";
    const lines = planTree(compilation.plan, { steps: true, explanations, notRun });
    expect(lines.slice(0, 6)).toEqual([
      "main",
      "├─ build  docker cimg/node:22.11",
      "│  ├─ Checkout code",
      "│  ├─ npm ci",
      expect.stringMatching(/^│ {2}└─ ⊘ steps: .*\(config\.yml:13:\d+/),
      "├─ ⊘ test  --job names build alone",
    ]);
  });
});

describe("a plan as a graph", () => {
  test("says which jobs may run side by side, as text", () => {
    expect(graphText(planGraph(compiled("main").plan))).toEqual([
      "main",
      "  1  build",
      "  2  test    ← build",
      "  3  hold    approval  ← test",
      "     tell    ← test (failed or canceled)",
      "  4  deploy  ← hold",
      expect.stringMatching(/^⊘ nightly {2}/),
    ]);
  });

  test("is data with stages, and null for what does not run", () => {
    const [main] = planGraph(compiled("dev").plan).workflows;
    expect(main!.jobs.map(({ name, stage }) => [name, stage])).toEqual([
      ["build", 1],
      ["test", 2],
      ["hold", 3],
      ["tell", 3],
      ["deploy", null],
    ]);
  });

  test("of a thousand jobs in a row has a thousand stages", () => {
    const { plan } = compiled("main");
    const [job] = plan.workflows[0]!.jobs;
    const jobs = Array.from({ length: 1000 }, (_, index) => ({
      ...job!,
      name: `job-${index}`,
      requires:
        index === 0 ? [] : [{ job: `job-${index - 1}`, statuses: ["success" as const], range: job!.range }],
    }));
    const [row] = planGraph({ setup: false, workflows: [{ ...plan.workflows[0]!, jobs }] }).workflows;
    expect(row!.jobs.at(-1)!.stage).toBe(1000);
  });

  test("is Graphviz's language, with names in quotes", () => {
    const lines = graphDot(planGraph(compiled("dev").plan));
    expect(lines).toContain('    "main/build" -> "main/test";');
    expect(lines).toContain('    "main/test" -> "main/tell" [label="(failed or canceled)"];');
    expect(lines).toContain('    "main/deploy" [label="deploy" style=dashed];');
    expect(lines.join("\n").match(/[{}]/g)).toHaveLength(6);
  });
});
