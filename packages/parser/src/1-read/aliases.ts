import type { MapEntry, Node } from "./nodes.ts";
import type { Place, Via } from "./source-file.ts";

/**
 * The node of an anchor as it is used through an alias: the same values at the same places, each with the way it came
 * by. The caller has counted the nodes. (R-YAML-5)
 */
export function copyThroughAlias(node: Node, via: Via): Node {
  switch (node.kind) {
    case "scalar":
      return { ...node, via: appended(node, via) };
    case "list":
      return {
        ...node,
        items: node.items.map((item) => copyThroughAlias(item, via)),
        via: appended(node, via),
      };
    case "map": {
      const entries = new Map<string, MapEntry>();
      for (const [key, entry] of node.entries) {
        entries.set(key, { key: entry.key, value: copyThroughAlias(entry.value, via) });
      }
      return { ...node, entries, via: appended(node, via) };
    }
  }
}

/** The nearest use comes last: a value that came through `*a` inside of `&b` names `*a` first, then `*b`. */
function appended(place: Place, via: Via): Via {
  const before = place.via;
  if (before === undefined) return via;
  return { message: before.message, place: { ...before.place, via: appended(before.place, via) } };
}
