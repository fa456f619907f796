import { mapAt, type MapEntry, type MapNode } from "../1-read/nodes.ts";
import { render } from "./render.ts";
import type { Env } from "./env.ts";

/** The keys of an invocation that are not arguments. (R-JOB-2) */
export const invocationKeys: ReadonlySet<string> = new Set([
  "name",
  "requires",
  "context",
  "type",
  "filters",
  "matrix",
  "pre-steps",
  "post-steps",
  "serial-group",
  "override-with",
  "upstream",
]);

// Steps, matrices and arguments are read elsewhere, each in surroundings of its own.
const renderedHere = ["name", "requires", "context", "type", "serial-group", "override-with", "upstream"];

/** The invocation's own keys, rendered in the workflow; a map of filters too, an expression not yet. */
export function renderInvocation(env: Env, body: MapNode | undefined): MapNode | undefined {
  if (body === undefined) return undefined;
  const entries = new Map<string, MapEntry>();
  for (const [key, entry] of body.entries) {
    const filters = key === "filters" && entry.value.kind === "map";
    if (renderedHere.includes(key) || filters)
      entries.set(key, { key: entry.key, value: render(env, entry.value) });
    else if (key === "filters") entries.set(key, entry);
  }
  return mapAt(body, entries);
}
