import { onlyEntry, valueAt, type Node } from "../1-read/nodes.ts";
import { report } from "../diagnostic.ts";
import { checkShape, type ShapeCheck } from "./check-shape.ts";
import { builtInSteps } from "./language/steps.ts";
import { resolved } from "./shape.ts";

/** Checks a list of steps by the names in it; a local command may shadow a built-in step. (R-STEP-1, R-STEP-2) */
export function checkSteps(check: ShapeCheck, node: Node | undefined, commands: ReadonlySet<string>): void {
  if (node?.kind !== "list") return;
  for (const item of node.items) checkStep(check, item, commands);
}

/** Checks one step. */
export function checkStep(check: ShapeCheck, node: Node, commands: ReadonlySet<string>): void {
  if (node.kind === "scalar") {
    if (check.templates && node.template) return;
    if (node.type === "string") checkBareStep(check, node, commands);
    else
      checkShape(
        check,
        node,
        { is: "scalar", types: ["string"], expected: "a name" },
        { what: "a step", rule: "R-STEP-1" },
      );
    return;
  }
  if (node.kind === "list") {
    report(check, "wrong-type", node, "a step must be a name or a map of a name to its body, not a list", {
      rule: "R-STEP-1",
      hint: "Write `- steps: [...]`, or take the inner dashes away.",
    });
    return;
  }
  const entry = onlyEntry(node);
  if (entry === undefined) {
    reportKeys(check, node, [...node.entries.keys()]);
    return;
  }
  const name = entry.key.text;
  if (commands.has(name)) return;
  const shape = builtInSteps.get(name);
  if (shape === undefined) return;
  checkShape(check, entry.value, resolved(shape), { what: `the step \`${name}\``, rule: "R-TOP-3" });
  if (name === "when" || name === "unless") {
    if (entry.value.kind === "map") checkSteps(check, valueAt(entry.value, "steps"), commands);
  } else if (name === "steps") checkSteps(check, entry.value, commands);
}

function checkBareStep(
  check: ShapeCheck,
  node: Node & { kind: "scalar" },
  commands: ReadonlySet<string>,
): void {
  const shape = builtInSteps.get(node.text);
  if (shape === undefined || commands.has(node.text)) return;
  const body = resolved(shape);
  if (body.is === "choice" && body.scalar?.types.includes("null")) return;
  report(check, "missing-key", node, `the step \`${node.text}\` needs a body`, { rule: "R-RUN-1" });
}

function reportKeys(check: ShapeCheck, node: Node, keys: readonly string[]): void {
  const message =
    keys.length === 0
      ? "a step must have a name"
      : `a step must have exactly one key, this one has ${keys.length}: ${keys.join(", ")}`;
  const first = keys[0];
  const hint =
    first !== undefined && builtInSteps.has(first)
      ? `Indent what belongs to \`${first}\` by two more blanks, below it.`
      : "Begin every step with a dash of its own.";
  report(check, "step-keys", node, message, { hint });
}
