import { mapAt, type MapNode } from "../1-read/nodes.ts";
import type { ConfigShape, ElementShape, WorkflowShape } from "../2-shape/config-shape.ts";
import { report } from "../diagnostic.ts";
import type { Env } from "../4-expand/env.ts";

/** The config's workflows; without any, the job `build` in one called `workflow`. (R-VER-6, R-VER-7) */
export function withImplicitWorkflow(
  env: Env,
  config: ConfigShape,
  continuation: boolean,
): readonly WorkflowShape[] {
  if (config.workflows.length > 0 || hasMalformedWorkflows(config)) return config.workflows;
  const section = config.root.entries.get("workflows");
  // The end of a dynamic pipeline: `{version: 2, jobs: {}, workflows: {version: 2}}`.
  if (continuation && section !== undefined) return [];
  const build = config.jobs.get("build");
  if (build === undefined) {
    const place = section?.key ?? { ...config.root, end: config.root.start };
    report(env, "nothing-to-run", place, "There are no workflows or build jobs in the config.", {
      hint: "Add `workflows`, or call the only job `build`.",
    });
    return [];
  }
  return [
    {
      name: "workflow",
      invocations: [{ job: "build", body: legacyFilters(build), place: build.place }],
      when: undefined,
      unless: undefined,
      triggers: undefined,
      maxAutoReruns: 0,
      place: build.place,
    },
  ];
}

/** `branches` of the job itself: it counts only without workflows. (Section 6.1) */
function legacyFilters(build: ElementShape): MapNode | undefined {
  const branches = build.body?.entries.get("branches");
  if (branches === undefined) return undefined;
  const filters = mapAt(branches.value, new Map([["branches", branches]]));
  return mapAt(branches.value, new Map([["filters", { key: branches.key, value: filters }]]));
}

// Workflows that could not be read were reported; that nothing is left of them is no second mistake.
function hasMalformedWorkflows(config: ConfigShape): boolean {
  const section = config.root.entries.get("workflows")?.value;
  if (section?.kind !== "map") return section !== undefined && section.kind !== "scalar";
  return [...section.entries.keys()].some((name) => name !== "version");
}
