import { asMap, scalarText, valueAt, type Node } from "../1-read/nodes.ts";
import { report } from "../diagnostic.ts";
import { checkShape, type ShapeCheck } from "./check-shape.ts";
import type { InvocationShape, JobGroupShape, WorkflowShape } from "./config-shape.ts";
import { invocation as invocationShape, workflow as workflowShape } from "./language/jobs.ts";

/** The workflows as written, in order; the key `version` is none of them. (R-WF-1) */
export function readWorkflows(check: ShapeCheck, node: Node | undefined): WorkflowShape[] {
  const workflows: WorkflowShape[] = [];
  for (const [name, entry] of asMap(node)?.entries ?? []) {
    if (name === "version") continue;
    checkShape(check, entry.value, workflowShape, { what: `the workflow \`${name}\``, rule: "R-WF-1" });
    const body = asMap(entry.value);
    if (body === undefined) continue;
    const reruns = valueAt(body, "max_auto_reruns");
    const workflow: WorkflowShape = {
      name,
      invocations: readInvocations(check, valueAt(body, "jobs")),
      when: valueAt(body, "when"),
      unless: valueAt(body, "unless"),
      triggers: valueAt(body, "triggers"),
      maxAutoReruns: reruns?.kind === "scalar" && reruns.type === "integer" ? Number(reruns.value) : 0,
      place: entry.key,
    };
    if (workflow.when !== undefined && workflow.unless !== undefined) {
      const message = `the workflow \`${name}\` has both \`when\` and \`unless\``;
      report(check, "when-and-unless", body.entries.get("unless")!.key, message);
    }
    workflows.push(workflow);
  }
  return workflows;
}

/** The job groups as written. (R-JG-1) */
export function readJobGroups(check: ShapeCheck, node: Node | undefined): Map<string, JobGroupShape> {
  const groups = new Map<string, JobGroupShape>();
  for (const [name, entry] of asMap(node)?.entries ?? []) {
    const invocations = readInvocations(check, valueAt(asMap(entry.value), "jobs"));
    groups.set(name, { name, invocations, place: entry.key });
  }
  return groups;
}

function readInvocations(check: ShapeCheck, node: Node | undefined): InvocationShape[] {
  if (node?.kind !== "list") return [];
  return node.items.flatMap((item) => readInvocation(check, item) ?? []);
}

function readInvocation(check: ShapeCheck, node: Node): InvocationShape | undefined {
  if (node.kind === "scalar") return { job: scalarText(node), body: undefined, place: node };
  if (node.kind === "list") return undefined;
  if (node.entries.size !== 1) {
    const keys = [...node.entries.keys()];
    const message = `an entry of \`jobs\` must have exactly one key, this one has ${keys.length}: ${keys.join(", ")}`;
    report(check, "invocation-keys", node, message, {
      hint: "Indent what belongs to the job by two more blanks, below it.",
    });
    return undefined;
  }
  const [job, entry] = [...node.entries][0]!;
  const body = asMap(entry.value);
  if (body !== undefined)
    checkShape(check, body, invocationShape, { what: `the job \`${job}\``, rule: "R-WF-4" });
  else if (entry.value.kind !== "scalar" || entry.value.type !== "null") {
    checkShape(check, entry.value, invocationShape, { what: `the job \`${job}\``, rule: "R-WF-4" });
    return undefined;
  }
  return { job, body, place: entry.key };
}
