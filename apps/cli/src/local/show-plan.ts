import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tellDiagnostics, tellRejected } from "../config/tell.ts";
import { graphText } from "../plan-view/graph-text.ts";
import { planGraph } from "../plan-view/plan-graph.ts";
import { planTree } from "../plan-view/plan-tree.ts";
import { printItems } from "../print-items.ts";
import { plain, type Ui } from "../ui.ts";
import { prepareRun, type PreparedRun } from "./prepare-run.ts";
import { interruptible, type RunOptions, type RunPlace } from "./run-here.ts";

/** What is shown in place of a run. */
export type PlanView = "list" | "graph" | "tree";

/** Shows what a run would do; Docker is not asked for anything. */
export function showPlan(place: RunPlace, options: RunOptions, view: PlanView): Promise<number> {
  const { ui, project, settings } = place;
  return interruptible(ui, async ({ control }) => {
    const scratch = await mkdtemp(join(tmpdir(), "fmg-run-"));
    try {
      const prepared = await prepareRun(project, settings, options, { scratch, signal: control.cancel });
      if (prepared.kind === "rejected") {
        await tellRejected(ui, prepared.source, prepared.diagnostics);
        return 1;
      }
      tellDiagnostics(ui, prepared.source, prepared.warnings);
      await show(ui, prepared, view);
      return 0;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

async function show(ui: Ui, prepared: PreparedRun, view: PlanView): Promise<void> {
  const workflows = prepared.selected.map(({ plan }) => plan);
  switch (view) {
    case "list":
      return listJobs(ui, prepared);
    case "graph": {
      const graph = planGraph({ ...prepared.plan, workflows });
      return ui.json ? ui.document(graph) : ui.line(graphText(graph).join("\n"));
    }
    case "tree": {
      if (ui.json)
        return ui.document({ workflows: prepared.plan.workflows.map((each) => stepsOf(prepared, each)) });
      const tree = planTree(prepared.plan, { steps: true, notRun: (...of) => whyNot(prepared, ...of) });
      return ui.line(tree.join("\n"));
    }
  }
}

/** A job for whoever names one: a person, a script, a shell that completes words. */
async function listJobs(ui: Ui, { selected }: PreparedRun): Promise<void> {
  const items = selected.flatMap(({ plan: { name: workflow, jobs } }) =>
    jobs.map(({ name, kind, leftOut }) => ({ workflow, name, kind, leftOut: leftOut?.message ?? null })),
  );
  type Item = (typeof items)[number];
  await printItems(
    ui,
    { items, next: null },
    {
      id: ({ name }: Item) => name,
      row: ({ workflow, name, kind, leftOut }: Item) => [
        plain(workflow),
        plain(name),
        leftOut === null ? kind : `does not run: ${plain(leftOut)}`,
      ],
    },
    "The config has no jobs.",
  );
}

/** Why a job that the config would run does not; undefined: it does. */
function whyNot({ selected }: PreparedRun, workflow: string, job: string): string | undefined {
  const chosen = selected.find(({ plan }) => plan.name === workflow);
  if (chosen?.earlier.has(job) === true) return "stands as an earlier run left it";
  return chosen?.plan.jobs.some(({ name }) => name === job) === true ? undefined : "is not asked for";
}

function stepsOf(
  prepared: PreparedRun,
  { name, jobs, leftOut }: PreparedRun["plan"]["workflows"][number],
): object {
  return {
    name,
    leftOut: leftOut ?? null,
    jobs: jobs.map((job) => ({
      name: job.name,
      kind: job.kind,
      requires: job.requires.map(({ job: required, statuses }) => ({ job: required, statuses })),
      leftOut: job.leftOut ?? null,
      notRun: job.leftOut === undefined ? (whyNot(prepared, name, job.name) ?? null) : null,
      steps: job.kind === "build" ? job.steps.map((step) => ({ name: step.name, kind: step.kind })) : [],
    })),
  };
}
