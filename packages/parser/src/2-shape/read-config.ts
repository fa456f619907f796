import {
  asMap,
  describeNode,
  isNull,
  scalarText,
  valueAt,
  type MapNode,
  type Node,
} from "../1-read/nodes.ts";
import { report, type ReportContext } from "../diagnostic.ts";
import { checkShape, type ShapeCheck } from "./check-shape.ts";
import type { ConfigShape } from "./config-shape.ts";
import { config as configShape } from "./language/config.ts";
import { readElements } from "./read-elements.ts";
import { checkParameters, readParameters } from "./read-parameters.ts";
import { readJobGroups, readWorkflows } from "./read-workflows.ts";

const only21 = ["orbs", "commands", "executors", "parameters", "setup", "job-groups"];

/** Reads a whole config as written; undefined when its version is unknown. (R-VER-*, R-TOP-*) */
export function readConfig(context: ReportContext, root: MapNode): ConfigShape | undefined {
  const version = readVersion(context, root);
  if (version === undefined) return undefined;
  const check: ShapeCheck = { ...context, templates: version === "2.1", lax: version === "2" };
  const readable = version === "2.1" ? root : withoutNewKeys(check, root);
  checkShape(check, readable, configShape, { what: "the config" });
  reportEmptySections(check, readable);
  const elements = readElements(check, readable);
  const parameters = readParameters(valueAt(readable, "parameters"));
  checkParameters(check, "pipeline", parameters);
  const jobGroups = readJobGroups(check, valueAt(readable, "job-groups"));
  for (const group of jobGroups.values()) {
    if (!elements.jobs.has(group.name)) continue;
    const message = `\`${group.name}\` is the name of a job and of a job group`;
    report(check, "name-clash", group.place, message, { severity: "error" });
  }
  return {
    ...elements,
    version,
    setup: isTrue(valueAt(readable, "setup")),
    parameters,
    functions: new Set(asMap(valueAt(readable, "functions"))?.entries.keys()),
    jobGroups,
    workflows: readAllWorkflows(check, readable),
    root: readable,
  };
}

function isTrue(node: Node | undefined): boolean {
  return node?.kind === "scalar" && node.value === true;
}

function readVersion(context: ReportContext, root: MapNode): "2" | "2.1" | undefined {
  const node = valueAt(root, "version");
  if (node === undefined) {
    report(context, "version-missing", { ...root, end: root.start }, "the config has no `version`", {
      hint: "Begin with `version: 2.1`.",
    });
    return undefined;
  }
  const written = node.kind === "scalar" && node.type !== "boolean" ? scalarText(node) : "";
  if (written === "2" || written === "2.0") return "2";
  if (written === "2.1") return "2.1";
  const message = `the version must be 2.1, 2.0 or 2, not ${describeNode(node)}`;
  report(context, "version-unknown", node, message, { hint: "Write `version: 2.1`." });
  return undefined;
}

function withoutNewKeys(check: ShapeCheck, root: MapNode): MapNode {
  const entries = new Map(root.entries);
  for (const key of only21) {
    const entry = entries.get(key);
    if (entry === undefined) continue;
    entries.delete(key);
    report(check, "needs-version-2.1", entry.key, `\`${key}\` has no effect in a version 2 config`, {
      hint: "Write `version: 2.1` to use it.",
    });
  }
  return { ...root, entries };
}

function reportEmptySections(check: ShapeCheck, root: MapNode): void {
  for (const key of ["commands", "executors", "jobs", "orbs", "parameters"]) {
    const entry = root.entries.get(key);
    if (entry !== undefined && isNull(entry.value)) {
      report(check, "empty-section", entry.key, `\`${key}\` is empty`);
    }
  }
}

function readAllWorkflows(check: ShapeCheck, root: MapNode): ConfigShape["workflows"] {
  const entry = root.entries.get("workflows");
  const workflows = readWorkflows(check, entry?.value);
  if (check.lax && workflows.length > 0 && !asMap(entry?.value)?.entries.has("version")) {
    report(check, "workflows-version-missing", entry!.key, "`workflows` has no `version: 2`");
  }
  return workflows;
}
