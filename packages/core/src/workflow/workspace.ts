import type { WorkflowPlan } from "../plan/pipeline-plan.ts";

/** So long layers are kept, and a rerun from failed may use them. (R-WS-8) */
export const workspaceDays = 15;

/** Who persisted a layer of a workspace. */
export interface LayerProducer {
  readonly job: string;
  readonly nodeIndex: number;
  readonly paths: readonly string[];
}

/** The jobs that a job waits for, near and far. */
export function upstreamJobs(plan: WorkflowPlan, job: string): ReadonlySet<string> {
  const requires = new Map(plan.jobs.map((each) => [each.name, each.requires.map((entry) => entry.job)]));
  const found = new Set<string>();
  const open = [...(requires.get(job) ?? [])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    open.push(...(requires.get(name) ?? []));
  }
  return found;
}

/**
 * The layers that a job sees: those of the jobs upstream, in the order given; or the paths that two producers persisted of
 * which neither is upstream of the other. Nodes of one job count as two. (R-WS-4, R-WS-5)
 */
export function visibleLayers<L extends LayerProducer>(
  plan: WorkflowPlan,
  job: string,
  layers: readonly L[],
):
  | { readonly kind: "layers"; readonly layers: readonly L[] }
  | { readonly kind: "conflict"; readonly paths: readonly string[] } {
  const upstream = upstreamJobs(plan, job);
  const visible = layers.filter((layer) => upstream.has(layer.job));
  const above = new Map([...upstream].map((name) => [name, upstreamJobs(plan, name)]));
  const owners = new Map<string, LayerProducer>();
  const conflicts = new Set<string>();
  for (const layer of visible) {
    for (const path of layer.paths) {
      const other = owners.get(path);
      if (other !== undefined && areConcurrent(layer, other, above)) conflicts.add(path);
      owners.set(path, layer);
    }
  }
  if (conflicts.size > 0) return { kind: "conflict", paths: [...conflicts].sort() };
  return { kind: "layers", layers: visible };
}

function areConcurrent(
  a: LayerProducer,
  b: LayerProducer,
  above: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  if (a.job === b.job) return a.nodeIndex !== b.nodeIndex;
  return above.get(a.job)?.has(b.job) !== true && above.get(b.job)?.has(a.job) !== true;
}
