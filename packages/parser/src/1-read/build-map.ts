import { report } from "../diagnostic.ts";
import type { Builder } from "./builder.ts";
import { describeNode, isUnknown, type MapEntry, type MapNode, type Node } from "./nodes.ts";
import { formatPlace } from "@fmg/core";
import { rangeOf, type Place } from "./source-file.ts";

export interface RawPair {
  readonly key: Node;
  readonly value: Node;
  /** The key is a plain `<<`. */
  readonly merge: boolean;
}

/** A map of its pairs: merges are expanded, duplicates reported, keys are texts. (R-YAML-6, R-YAML-7) */
export function finishMap(builder: Builder, place: Place, pairs: readonly RawPair[]): MapNode {
  const entries = new Map<string, MapEntry>();
  const merges = pairs.some(isMerge);
  // Only a map with merges has keys that are not its own.
  const own = merges ? new Set<string>() : entries;
  for (const pair of pairs) {
    if (pair.merge) mergeInto(builder, entries, own, pair.value);
    else if (isNewEntry(builder, entries, own, pair)) {
      if (own instanceof Set) own.add(pair.key.text);
      entries.set(pair.key.text, pair);
    }
  }
  let size = 1;
  let depth = 0;
  let template = false;
  for (const { value } of entries.values()) {
    size += 1 + value.size;
    depth = Math.max(depth, value.depth + 1);
    template ||= value.template;
  }
  const { file, start, end } = place;
  return { kind: "map", entries, file, start, end, via: undefined, template, size, depth };
}

function isMerge(pair: RawPair): boolean {
  return pair.merge;
}

interface Keys {
  has(key: string): boolean;
}

function isNewEntry(
  builder: Builder,
  entries: ReadonlyMap<string, MapEntry>,
  own: Keys,
  pair: RawPair,
): pair is RawPair & MapEntry {
  const { key } = pair;
  if (key.kind !== "scalar") {
    report(builder.context, "yaml-bad-key", key, `a key must be a plain text, not ${describeNode(key)}`);
    return false;
  }
  if (!own.has(key.text)) return true;
  const first = formatPlace(rangeOf(entries.get(key.text)!.key));
  report(
    builder.context,
    "duplicate-key",
    key,
    `duplicate key \`${key.text}\`; it stands first at ${first}`,
    {
      hint: "Keep one of them.",
    },
  );
  return false;
}

// A map's own keys win wherever they stand; of several merges the earlier one wins. (R-YAML-6, R-YAML-12)
function mergeInto(builder: Builder, entries: Map<string, MapEntry>, own: Keys, value: Node): void {
  const sources = value.kind === "list" ? value.items : [value];
  for (const source of sources) {
    if (isUnknown(source)) continue;
    if (source.kind !== "map") {
      const message = `\`<<\` merges maps, not ${describeNode(source)}`;
      report(builder.context, "yaml-bad-merge", source, message, {
        hint: "Write an alias of a map behind it: `<<: *defaults`.",
      });
      continue;
    }
    for (const [key, entry] of source.entries) {
      if (!own.has(key) && !entries.has(key)) entries.set(key, entry);
    }
  }
}
