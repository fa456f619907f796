import type { JobPlan } from "../plan/pipeline-plan.ts";

/** Something that two plans of a job say differently; undefined where one says nothing of it. */
export interface PlanChange {
  /** `steps[2].command` */
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Where something stands in the config, and which digest an image is pinned to, is no difference of what a job does. */
const ignored: ReadonlySet<string> = new Set(["range", "pinned"]);

/** What the compiled config of a job says differently in two plans, in the order of the first one. */
export function diffPlans(before: JobPlan, after: JobPlan): PlanChange[] {
  const [old, now] = [new Map(leaves(before, "")), new Map(leaves(after, ""))];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => old.get(path) !== now.get(path))
    .map((path) => ({ path, before: old.get(path), after: now.get(path) }));
}

function* leaves(value: unknown, path: string): Generator<readonly [string, string]> {
  if (typeof value !== "object" || value === null) {
    if (value !== undefined) yield [path, typeof value === "string" ? value : JSON.stringify(value)];
    return;
  }
  const isList = Array.isArray(value);
  for (const [key, part] of Object.entries(value)) {
    if (!isList && ignored.has(key)) continue;
    yield* leaves(part, isList ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`);
  }
}

/** The names of the variables that a job's config sets, its containers and steps included, and its contexts. */
export function variableNames(plan: JobPlan): {
  readonly variables: Set<string>;
  readonly contexts: Set<string>;
} {
  const contexts = new Set(plan.contexts);
  if (plan.kind !== "build") return { variables: new Set(), contexts };
  const images = plan.executor.kind === "docker" ? plan.executor.images : [];
  const steps = plan.steps.flatMap((step) => (step.kind === "run" ? [step] : []));
  const places = [plan, ...images, ...steps];
  return {
    variables: new Set(places.flatMap(({ environment }) => environment.map(({ name }) => name))),
    contexts,
  };
}
