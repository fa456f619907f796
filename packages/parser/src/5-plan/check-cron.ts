import { asMap, asString, valueAt, type Node, type ScalarNode } from "../1-read/nodes.ts";
import type { WorkflowShape } from "../2-shape/config-shape.ts";
import { report, type ReportContext } from "../diagnostic.ts";

const bounds = [
  { name: "minute", from: 0, to: 59 },
  { name: "hour", from: 0, to: 23 },
  { name: "day of the month", from: 1, to: 31 },
  { name: "month", from: 1, to: 12 },
  { name: "day of the week", from: 0, to: 7 },
] as const;
const words = new Map(
  "jan feb mar apr may jun jul aug sep oct nov dec"
    .split(" ")
    .map((word, index): [string, number] => [word, index + 1])
    .concat("sun mon tue wed thu fri sat".split(" ").map((word, index) => [word, index])),
);

/** Checks the cron lines of a workflow's schedules. (R-SCH-2) */
export function checkSchedules(context: ReportContext, workflow: WorkflowShape): void {
  const triggers = workflow.triggers?.kind === "list" ? workflow.triggers.items : [];
  for (const trigger of triggers) {
    const cron = valueAt(asMap(valueAt(asMap(trigger), "schedule")), "cron");
    if (isText(cron)) checkCron(context, cron);
  }
}

function isText(node: Node | undefined): node is ScalarNode {
  return asString(node) !== undefined;
}

function checkCron(context: ReportContext, node: ScalarNode): void {
  const fields = node.text.trim().split(/\s+/);
  if (fields.length !== bounds.length) {
    const message = `a cron line has five fields, this one has ${fields.length}: "${node.text}"`;
    report(context, "bad-cron", node, message);
    return;
  }
  for (const [index, field] of fields.entries()) {
    const { name, from, to } = bounds[index]!;
    if (!field.split(",").every((part) => isPart(part, from, to))) {
      report(context, "bad-cron", node, `"${field}" is no ${name} (from ${from} to ${to}) of a cron line`);
      return;
    }
  }
  const superset = fields.some((field) => field.includes("/") || /,.*-|-.*,|[a-z]-/i.test(field));
  if (superset) {
    report(
      context,
      "cron-superset",
      node,
      "steps, named ranges and ranges in lists are not portable: CircleCI refuses them",
    );
  }
}

function isPart(part: string, from: number, to: number): boolean {
  const match = /^(\*|[a-z]{3}|\d+)(?:-([a-z]{3}|\d+))?(?:\/(\d+))?$/i.exec(part);
  if (match === null) return false;
  const [, first, last, step] = match;
  if (step !== undefined && Number(step) === 0) return false;
  return [first, last].every((value) => value === undefined || value === "*" || inBounds(value, from, to));
}

function inBounds(value: string, from: number, to: number): boolean {
  const number = words.get(value.toLowerCase()) ?? Number(value);
  return number >= from && number <= to;
}
