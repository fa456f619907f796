import { scalarText, type Node } from "../1-read/nodes.ts";
import type { ElementShape } from "../2-shape/config-shape.ts";
import type { Scope } from "../3-resolve/scope.ts";
import type { BoundArgument, Callee } from "../diagnostic.ts";
import type { Argument } from "./arguments.ts";
import type { Value } from "./env.ts";

/** What is called, for those who ask later how a step came to be. */
export function calleeOf(call: {
  readonly element: ElementShape;
  readonly scope: Scope;
  readonly parameters: ReadonlyMap<string, Value>;
  readonly given: ReadonlyMap<string, Argument>;
}): Callee {
  const { element, scope, parameters, given } = call;
  return {
    kind: element.kind === "job" ? "job" : "command",
    name: element.name,
    orb: scope.orb,
    place: element.place,
    arguments: () =>
      Array.from(parameters, ([name, value]): BoundArgument => {
        const from = given.has(name) ? "argument" : "default";
        return { name, text: shownValue(value), place: placeOfValue(value), from };
      }),
  };
}

/** A value in a few words. */
export function shownValue(value: Value): string {
  switch (value.is) {
    case "scalar":
      return value.node.type === "string" ? JSON.stringify(value.node.text) : scalarText(value.node);
    case "steps":
      return `${value.list.items.length} step${value.list.items.length === 1 ? "" : "s"}`;
    case "executor":
      return `executor ${value.name}`;
  }
}

/** Where a value stands. */
export function placeOfValue(value: Value): Node {
  switch (value.is) {
    case "scalar":
      return value.node;
    case "steps":
      return value.list;
    case "executor":
      return value.place;
  }
}
