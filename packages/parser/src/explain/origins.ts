import type { Env } from "../4-expand/env.ts";
import type { ExpandedWorkflow } from "../5-plan/plan-workflow.ts";

/** What the compiler knew when it was done: where everything in a compiled config came from. */
export interface Origins {
  /** The surroundings of the config's top level. */
  readonly env: Env;
  readonly workflows: readonly ExpandedWorkflow[];
}

// Beside the compilations rather than in them: a compilation is plain data, to be sent to another thread or stored. An
// entry lives as long as its compilation.
const origins = new WeakMap<object, Origins>();

/** Keeps what `explain` needs to know about a compilation. */
export function rememberOrigins(compilation: object, known: Origins): void {
  origins.set(compilation, known);
}

/** What is known of a compilation; undefined for a copy of one. */
export function originsOf(compilation: object): Origins | undefined {
  return origins.get(compilation);
}
