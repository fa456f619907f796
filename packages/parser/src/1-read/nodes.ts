import type { Place } from "./source-file.ts";

/** A YAML value with its place. Aliases and merges are expanded; `via` tells which. */
export type Node = ScalarNode | ListNode | MapNode;

/** `unknown` is a value that could not be told; what is wrong with it was reported, and nothing more is said of it. */
export type ScalarType = "string" | "integer" | "float" | "boolean" | "null" | "unknown";

interface NodeBase extends Place {
  /** A `<<` stands somewhere in it, so that rendering it may change it. */
  readonly template: boolean;
  /** How many nodes it consists of, itself included. */
  readonly size: number;
  /** How many levels of nodes lie below it. */
  readonly depth: number;
}

export interface ScalarNode extends NodeBase {
  readonly kind: "scalar";
  readonly type: ScalarType;
  readonly value: string | number | boolean | null;
  /** As written, after the quotes and escapes of YAML. */
  readonly text: string;
}

export interface ListNode extends NodeBase {
  readonly kind: "list";
  readonly items: readonly Node[];
}

export interface MapNode extends NodeBase {
  readonly kind: "map";
  /** In the order of the source; a Map, since `__proto__` is a plain key. */
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly key: ScalarNode;
  readonly value: Node;
}

/** The value of a key, or undefined. */
export function valueAt(map: MapNode | undefined, key: string): Node | undefined {
  return map?.entries.get(key)?.value;
}

/** The entry of a map that has exactly one, as a step has. */
export function onlyEntry(map: MapNode): MapEntry | undefined {
  if (map.entries.size !== 1) return undefined;
  const [entry] = map.entries.values();
  return entry;
}

/** True for an absent value and for YAML's null. */
export function isNull(node: Node | undefined): boolean {
  return node === undefined || (node.kind === "scalar" && node.type === "null");
}

/** The node if it is a map. */
export function asMap(node: Node | undefined): MapNode | undefined {
  return node?.kind === "map" ? node : undefined;
}

/** The text of a string scalar, else undefined. */
export function asString(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" && node.type === "string" ? node.text : undefined;
}

/** The text of any scalar but null: what a number or a boolean looks like inside a longer string. */
export function scalarText(node: ScalarNode): string {
  switch (node.type) {
    case "string":
      return node.text;
    case "null":
    case "unknown":
      return "";
    case "boolean":
      return String(node.value);
    case "integer":
      return Number.isSafeInteger(node.value) ? String(node.value) : node.text;
    case "float":
      return String(node.value);
  }
}

/** Equal as data: places do not count, nor does the order of keys. */
export function sameData(a: Node, b: Node): boolean {
  if (a.kind === "scalar") return b.kind === "scalar" && a.type === b.type && a.value === b.value;
  if (a.kind === "list") {
    return (
      b.kind === "list" &&
      a.items.length === b.items.length &&
      a.items.every((item, i) => sameData(item, b.items[i]!))
    );
  }
  if (b.kind !== "map" || a.entries.size !== b.entries.size) return false;
  return Array.from(a.entries).every(([key, entry]) => {
    const other = b.entries.get(key);
    return other !== undefined && sameData(entry.value, other.value);
  });
}

/** What a node is, for messages: `the string "x"`, `a list`. */
export function describeNode(node: Node): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "a map";
  if (node.type === "null") return "nothing";
  if (node.type === "string") return `the string ${quoteShort(node.text)}`;
  return `the ${node.type} ${scalarText(node)}`;
}

/** A text in quotes, cut where it would drown the message. */
export function quoteShort(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/** A scalar that stands in no source of its own: it borrows the place it is used at. */
export function scalarAt(place: Place, value: string | number | boolean | null): ScalarNode {
  return {
    kind: "scalar",
    type: typeOfValue(value),
    value,
    text: value === null ? "" : String(value),
    file: place.file,
    start: place.start,
    end: place.end,
    via: place.via,
    template: false,
    size: 1,
    depth: 0,
  };
}

function typeOfValue(value: string | number | boolean | null): ScalarType {
  if (value === null) return "null";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "boolean";
  return Number.isInteger(value) ? "integer" : "float";
}

/** A value that could not be told, at a place. */
export function unknownAt(place: Place): ScalarNode {
  return { ...scalarAt(place, ""), type: "unknown" };
}

/** True for a value that was already complained about. */
export function isUnknown(node: Node | undefined): boolean {
  return node?.kind === "scalar" && node.type === "unknown";
}

/** A list of the given items at a place. */
export function listAt(place: Place, items: readonly Node[]): ListNode {
  const { file, start, end, via } = place;
  const { template, size, depth } = measured(items);
  return { kind: "list", items, file, start, end, via, template, size, depth };
}

/** A map of the given entries at a place. */
export function mapAt(place: Place, entries: ReadonlyMap<string, MapEntry>): MapNode {
  const { file, start, end, via } = place;
  let size = 1;
  let depth = 0;
  let template = false;
  for (const { value } of entries.values()) {
    size += value.size;
    depth = Math.max(depth, value.depth + 1);
    template ||= value.template;
  }
  return { kind: "map", entries, file, start, end, via, template, size, depth };
}

function measured(children: readonly Node[]): { template: boolean; size: number; depth: number } {
  let size = 1;
  let depth = 0;
  let template = false;
  for (const child of children) {
    size += child.size;
    depth = Math.max(depth, child.depth + 1);
    template ||= child.template;
  }
  return { template, size, depth };
}
