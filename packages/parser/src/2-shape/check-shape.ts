import {
  describeNode,
  quoteShort,
  scalarText,
  type ListNode,
  type MapNode,
  type Node,
  type ScalarNode,
} from "../1-read/nodes.ts";
import type { Place } from "../1-read/source-file.ts";
import { report, type ReportContext } from "../diagnostic.ts";
import { closestOf, didYouMean } from "../did-you-mean.ts";
import {
  expectationOf,
  resolved,
  type ChoiceShape,
  type ListShape,
  type MapShape,
  type ScalarShape,
  type Shape,
} from "./shape.ts";

/** How strictly a value is held against its shape. */
export interface ShapeCheck extends ReportContext {
  /** A scalar with `<<` passes: it is checked again after rendering. */
  readonly templates: boolean;
  /** Version 2.0 ignores keys that it does not know. (R-VER-4) */
  readonly lax: boolean;
}

/** Names the checked thing in messages, and the rule that a misfit breaks. */
interface Subject {
  readonly what: string;
  readonly rule?: string | undefined;
}

/** Reports where a value does not have the given shape; true when all of it fits. */
export function checkShape(check: ShapeCheck, node: Node, shape: Shape, subject: Subject): boolean {
  if (node.kind === "scalar" && (node.type === "unknown" || (check.templates && node.template))) return true;
  switch (shape.is) {
    case "any":
      return true;
    case "scalar":
      return node.kind === "scalar"
        ? checkScalar(check, node, shape, subject)
        : misfit(check, node, shape, subject);
    case "list":
      return node.kind === "list"
        ? checkList(check, node, shape, subject)
        : misfit(check, node, shape, subject);
    case "map":
      return node.kind === "map"
        ? checkMap(check, node, shape, subject)
        : misfit(check, node, shape, subject);
    case "choice":
      return checkChoice(check, node, shape, subject);
  }
}

function checkChoice(check: ShapeCheck, node: Node, shape: ChoiceShape, subject: Subject): boolean {
  const option = shape[node.kind];
  if (option === undefined) return misfit(check, node, shape, subject);
  if (option.is === "scalar" && node.kind === "scalar" && !option.types.includes(node.type)) {
    return misfit(check, node, shape, subject);
  }
  return checkShape(check, node, option, subject);
}

function checkScalar(check: ShapeCheck, node: ScalarNode, shape: ScalarShape, subject: Subject): boolean {
  if (!shape.types.includes(node.type)) return misfit(check, node, shape, subject);
  if (node.type === "null") return true;
  const written = scalarText(node);
  if (shape.values !== undefined && !shape.values.includes(written)) {
    const message = `${subject.what} must be one of ${shape.values.join(", ")}, not ${quoteShort(written)}`;
    return complain(check, "wrong-value", node, message, subject, didYouMean(written, shape.values));
  }
  if (shape.pattern !== undefined && !shape.pattern.regex.test(written))
    return misfit(check, node, shape, subject);
  const value = typeof node.value === "number" ? node.value : 0;
  const tooSmall = shape.minimum !== undefined && value < shape.minimum;
  const tooBig = shape.maximum !== undefined && value > shape.maximum;
  return tooSmall || tooBig ? misfit(check, node, shape, subject) : true;
}

function checkList(check: ShapeCheck, node: ListNode, shape: ListShape, subject: Subject): boolean {
  if (node.items.length < (shape.atLeast ?? 0)) {
    const message = `${subject.what} must have at least ${shape.atLeast} ${shape.atLeast === 1 ? "entry" : "entries"}`;
    return complain(check, "wrong-value", node, message, subject);
  }
  const items = resolved(shape.items);
  if (items.is === "any") return true;
  const inner = { what: `an entry of ${subject.what}`, rule: subject.rule };
  let fits = true;
  for (const item of node.items) fits = checkShape(check, item, items, inner) && fits;
  return fits;
}

function checkMap(check: ShapeCheck, node: MapNode, shape: MapShape, subject: Subject): boolean {
  let fits = checkRequired(check, node, shape, subject);
  for (const entry of node.entries.values()) {
    const key = entry.key.text;
    const field = shape.fields.get(key);
    if (field !== undefined) {
      // A field is a subject itself: nothing is made for the many values that fit.
      const inherits = field.rule === undefined && subject.rule !== undefined;
      const inner = inherits ? { what: field.what, rule: subject.rule } : field;
      fits = checkShape(check, entry.value, resolved(field.shape), inner) && fits;
    } else if (typeof shape.others === "string") {
      fits = unknownKey(check, entry.key, shape, subject) && fits;
    } else {
      fits = checkName(check, entry.key, shape, subject) && fits;
      const what = shape.noun === undefined ? `\`${key}\`` : `${shape.noun} \`${key}\``;
      fits = checkShape(check, entry.value, resolved(shape.others), { what, rule: subject.rule }) && fits;
    }
  }
  return fits;
}

function checkRequired(check: ShapeCheck, node: MapNode, shape: MapShape, subject: Subject): boolean {
  let fits = true;
  for (const key of shape.required) {
    if (node.entries.has(key)) continue;
    fits = false;
    const misspelt = misspellingOf(key, node, shape);
    // The unknown key is an error of its own, with the hint.
    if (misspelt !== undefined && shape.others === "error" && !check.lax) continue;
    const hint = misspelt === undefined ? undefined : `\`${misspelt}\` looks like a misspelling of it.`;
    complain(check, "missing-key", node, `${subject.what} needs the key \`${key}\``, subject, hint);
  }
  return fits;
}

/** A key that the shape does not know and that looks like the missing one. */
export function misspellingOf(key: string, node: MapNode, shape: MapShape): string | undefined {
  return closestOf(
    key,
    [...node.entries.keys()].filter((name) => !shape.fields.has(name)),
  );
}

function unknownKey(check: ShapeCheck, key: ScalarNode, shape: MapShape, subject: Subject): boolean {
  if (shape.others === "ignore") return true;
  const hint =
    didYouMean(key.text, shape.fields.keys()) ?? `Known keys: ${[...shape.fields.keys()].join(", ")}.`;
  if (shape.others === "warning" || check.lax) {
    const message = `the key \`${key.text}\` of ${subject.what} is not known and has no effect`;
    report(check, "stray-key", key, message, { hint });
    return true;
  }
  const message = `extraneous key [${key.text}] is not permitted in ${subject.what}`;
  report(check, "unknown-key", key, message, { hint });
  return false;
}

function checkName(check: ShapeCheck, key: ScalarNode, shape: MapShape, subject: Subject): boolean {
  if (shape.names === undefined || check.lax || shape.names.regex.test(key.text)) return true;
  const message = `${quoteShort(key.text)} is no name for an entry of ${subject.what}: it must be ${shape.names.expected}`;
  const { lenient = false } = shape.names;
  report(check, "bad-name", key, message, { severity: lenient ? "warning" : "error" });
  return lenient;
}

function misfit(check: ShapeCheck, node: Node, shape: Shape, subject: Subject): boolean {
  const message = `${subject.what} must be ${expectationOf(shape)}, not ${describeNode(node)}`;
  return complain(check, "wrong-type", node, message, subject);
}

function complain(
  check: ShapeCheck,
  code: "wrong-type" | "wrong-value" | "missing-key",
  place: Place,
  message: string,
  subject: Subject,
  hint?: string,
): false {
  report(check, code, place, message, {
    hint,
    ...(subject.rule === undefined ? {} : { rule: subject.rule }),
  });
  return false;
}
