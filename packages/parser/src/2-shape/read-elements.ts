import { asMap, isNull, valueAt, type MapNode, type Node } from "../1-read/nodes.ts";
import { report } from "../diagnostic.ts";
import type { ShapeCheck } from "./check-shape.ts";
import { checkSteps } from "./check-steps.ts";
import type { Elements, ElementKind, ElementShape, OrbShape } from "./config-shape.ts";
import { checkParameters, readParameters } from "./read-parameters.ts";

/** The commands, jobs, executors and orbs of a config or of an orb. */
export function readElements(check: ShapeCheck, root: MapNode): Elements {
  const elements = {
    commands: readKind(root, "commands", "command"),
    jobs: readKind(root, "jobs", "job"),
    executors: readKind(root, "executors", "executor"),
    orbs: readOrbs(root),
  };
  const commands = new Set(elements.commands.keys());
  for (const kind of [elements.commands, elements.jobs, elements.executors]) {
    for (const element of kind.values()) checkElement(check, element, commands);
  }
  for (const [name, job] of elements.jobs) {
    if (!commands.has(name)) continue;
    report(check, "name-clash", job.place, `\`${name}\` is the name of a job and of a command`);
  }
  return elements;
}

function readKind(root: MapNode, section: string, kind: ElementKind): Map<string, ElementShape> {
  const found = new Map<string, ElementShape>();
  for (const [name, entry] of asMap(valueAt(root, section))?.entries ?? []) {
    const body = isNull(entry.value) ? emptyMap(entry.value) : asMap(entry.value);
    const alias = entry.value.kind === "scalar" && entry.value.type === "string" ? entry.value : undefined;
    const parameters = readParameters(valueAt(body, "parameters"));
    found.set(name, { kind, name, parameters, body, alias, place: entry.key });
  }
  return found;
}

/** A definition that is written as nothing has no keys; it is told what it lacks where something uses it. (R-PHASE-2) */
function emptyMap(place: Node): MapNode {
  return { ...place, kind: "map", entries: new Map(), template: false, size: 1, depth: 0 };
}

function readOrbs(root: MapNode): Map<string, OrbShape> {
  const found = new Map<string, OrbShape>();
  for (const [alias, entry] of asMap(valueAt(root, "orbs"))?.entries ?? []) {
    found.set(alias, { alias, value: entry.value, place: entry.key });
  }
  return found;
}

function checkElement(check: ShapeCheck, element: ElementShape, commands: ReadonlySet<string>): void {
  if (check.templates && !check.lax) checkParameters(check, element.kind, element.parameters);
  if (element.kind !== "executor") checkSteps(check, valueAt(element.body, "steps"), commands);
}
