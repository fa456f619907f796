import { tableLines } from "../table.ts";
import { plain } from "../ui.ts";
import type { GraphJob, PlanGraph, WorkflowGraph } from "./plan-graph.ts";
import { leftOutWords, requirementWords, statusWords } from "./plan-words.ts";

/** The graph as text: a line for each job with its stage and what it waits for; jobs of one stage may run side by side. */
export function graphText(graph: PlanGraph): string[] {
  return graph.workflows.flatMap(workflowLines);
}

function workflowLines({ name, jobs, leftOut }: WorkflowGraph): string[] {
  if (leftOut !== undefined) return [`⊘ ${plain(name)}  ${leftOutWords(leftOut)}`];
  const rows = jobs.map((job, index) => {
    const isFirst = job.stage !== jobs[index - 1]?.stage;
    return [isFirst ? String(job.stage ?? "⊘") : "", plain(job.name), afterWords(job)];
  });
  return [plain(name), ...tableLines(rows, { width: undefined, tabs: false }).map((line) => `  ${line}`)];
}

function afterWords({ kind, requires, leftOut }: GraphJob): string {
  if (leftOut !== undefined) return leftOutWords(leftOut);
  const after = requires.map(requirementWords).join(", ");
  const what = kind === "build" ? [] : [kind];
  return [...what, ...(after === "" ? [] : [`← ${after}`])].join("  ");
}

/** The graph in Graphviz's language: a cluster for each workflow, dashed what does not run. */
export function graphDot(graph: PlanGraph): string[] {
  return [
    "digraph pipeline {",
    "  rankdir=LR;",
    "  node [shape=box];",
    ...graph.workflows.flatMap((workflow, index) => [
      `  subgraph cluster_${index} {`,
      `    label=${dotText(workflow.name)};`,
      ...(workflow.leftOut === undefined ? [] : ["    style=dashed;"]),
      ...workflow.jobs.flatMap((job) => dotJob(workflow.name, job).map((line) => `    ${line}`)),
      "  }",
    ]),
    "}",
  ];
}

function dotJob(workflow: string, job: GraphJob): string[] {
  const node = (name: string): string => dotText(`${workflow}/${name}`);
  const style = job.leftOut === undefined ? "" : " style=dashed";
  return [
    `${node(job.name)} [label=${dotText(job.name)}${style}];`,
    ...job.requires.map((edge) => {
      const words = statusWords(edge.statuses);
      return `${node(edge.job)} -> ${node(job.name)}${words === "" ? "" : ` [label=${dotText(words)}]`};`;
    }),
  ];
}

function dotText(text: string): string {
  return `"${plain(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
