import { EVENT_ID, getScalarValue, SCALAR_STYLE, type Event } from "js-yaml";
import { report, type ReportContext } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { Limits } from "../limits.ts";
import { copyThroughAlias } from "./aliases.ts";
import { finishMap, type RawPair } from "./build-map.ts";
import { scalarAt, type ListNode, type Node, type ScalarNode } from "./nodes.ts";
import { resolveTagged } from "./yaml-tags.ts";
import { mayExpand, type Builder } from "./builder.ts";
import { originalOffset, type WidenedText } from "./shallow-flow.ts";
import type { Place, SourceFile } from "./source-file.ts";
import { resolvePlainScalar } from "./yaml-scalars.ts";

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;
type CollectionEvent = Extract<Event, { type: typeof EVENT_ID.SEQUENCE | typeof EVENT_ID.MAPPING }>;
type AliasEvent = Extract<Event, { type: typeof EVENT_ID.ALIAS }>;

/** Makes nodes of events; undefined after a report that leaves nothing to go on with. */
export function buildNodes(
  context: ReportContext,
  file: SourceFile,
  events: readonly Event[],
  text: WidenedText,
  limits: Limits,
): Node | undefined {
  const builder: Builder = {
    context,
    file,
    text,
    events,
    limits,
    anchors: new Map(),
    next: 0,
    lastEnd: 0,
    nodes: 0,
    failed: false,
  };
  let root: Node | undefined;
  while (builder.next < events.length) {
    const event = events[builder.next++]!;
    if (event.type !== EVENT_ID.DOCUMENT) continue;
    const node = readNode(builder);
    if (root === undefined) root = node;
    else if (!(node.kind === "scalar" && node.type === "null")) {
      report(context, "yaml-second-document", node, "a second document follows; a config is one document");
      return undefined;
    }
  }
  if (builder.failed) return undefined;
  return root ?? scalarAt(placeBetween(builder, 0, 0), null);
}

function readNode(builder: Builder): Node {
  const event = builder.events[builder.next++]!;
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return anchored(builder, event, () => readScalar(builder, event));
    case EVENT_ID.SEQUENCE:
      return anchored(builder, event, () => readList(builder, event));
    case EVENT_ID.MAPPING:
      return anchored(builder, event, () => readMap(builder, event));
    case EVENT_ID.ALIAS:
      return readAlias(builder, event);
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
      throw new Error(`unexpected YAML event ${event.type}`);
  }
}

function anchored(builder: Builder, event: ScalarEvent | CollectionEvent, read: () => Node): Node {
  if (event.anchorStart < 0) return read();
  const name = builder.text.text.slice(event.anchorStart, event.anchorEnd);
  builder.anchors.set(name, "open");
  const node = read();
  builder.anchors.set(name, node);
  return node;
}

function readScalar(builder: Builder, event: ScalarEvent): ScalarNode {
  builder.nodes += 1;
  const source = builder.text.text;
  const text = getScalarValue(source, event);
  const place = scalarPlace(builder, event);
  const plain = event.style === SCALAR_STYLE.PLAIN;
  const resolved =
    event.tagStart >= 0
      ? resolveTagged(builder.context, place, source.slice(event.tagStart, event.tagEnd), text)
      : plain
        ? resolvePlainScalar(text)
        : undefined;
  if (resolved?.sexagesimal === true) {
    const message = `\`${text}\` is read as the base 60 number ${String(resolved.value)}`;
    report(builder.context, "sexagesimal-number", place, message, { hint: `Put it in quotes: "${text}".` });
  }
  return {
    kind: "scalar",
    type: resolved?.type ?? "string",
    value: resolved?.value ?? (resolved?.type === "null" ? null : text),
    text,
    file: place.file,
    start: place.start,
    end: place.end,
    via: undefined,
    template: text.includes("<<"),
    size: 1,
    depth: 0,
  };
}

function scalarPlace(builder: Builder, event: ScalarEvent): Place {
  if (event.valueStart < 0) {
    // An empty value stands right behind its key's colon.
    const end = event.anchorEnd > 0 ? event.anchorEnd : builder.lastEnd;
    return placeBetween(builder, end, end);
  }
  const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  const extra = quoted ? 1 : 0;
  return placeBetween(builder, event.valueStart - extra, event.valueEnd + extra);
}

function readList(builder: Builder, event: CollectionEvent): ListNode {
  builder.nodes += 1;
  const items: Node[] = [];
  let size = 1;
  let depth = 0;
  let template = false;
  builder.lastEnd = event.start + 1;
  while (builder.events[builder.next]!.type !== EVENT_ID.POP) {
    const item = readNode(builder);
    items.push(item);
    size += item.size;
    depth = Math.max(depth, item.depth + 1);
    template ||= item.template;
  }
  builder.next += 1;
  const { file, start, end } = collectionPlace(builder, event);
  return { kind: "list", items, file, start, end, via: undefined, template, size, depth };
}

function readMap(builder: Builder, event: CollectionEvent): Node {
  builder.nodes += 1;
  const pairs: RawPair[] = [];
  builder.lastEnd = event.start;
  while (builder.events[builder.next]!.type !== EVENT_ID.POP) {
    const keyEvent = builder.events[builder.next]!;
    const key = readNode(builder);
    const merge =
      keyEvent.type === EVENT_ID.SCALAR &&
      keyEvent.style === SCALAR_STYLE.PLAIN &&
      key.kind === "scalar" &&
      key.text === "<<";
    pairs.push({ key, value: readNode(builder), merge });
  }
  builder.next += 1;
  return finishMap(builder, collectionPlace(builder, event), pairs);
}

function readAlias(builder: Builder, event: AliasEvent): Node {
  const name = builder.text.text.slice(event.anchorStart, event.anchorEnd);
  const place = placeBetween(builder, event.anchorStart - 1, event.anchorEnd);
  const target = builder.anchors.get(name);
  if (target === undefined) {
    report(
      builder.context,
      "yaml-unknown-anchor",
      place,
      `there is no anchor \`&${name}\` before this alias`,
      {
        hint: didYouMean(name, builder.anchors.keys()),
      },
    );
    builder.failed = true;
    return scalarAt(place, null);
  }
  if (target === "open") {
    report(
      builder.context,
      "yaml-recursive-alias",
      place,
      `the alias \`*${name}\` stands inside its own anchor`,
    );
    builder.failed = true;
    return scalarAt(place, null);
  }
  if (!mayExpand(builder, place, target)) return scalarAt(place, null);
  return copyThroughAlias(target, { message: `used through the alias *${name}`, place });
}

function collectionPlace(builder: Builder, event: CollectionEvent): Place {
  // A flow collection's end is its bracket, the first one behind its last item.
  const flow = event.start >= 0 && "[{".includes(builder.text.text[event.start] ?? " ");
  if (!flow) return placeBetween(builder, event.start, Math.max(builder.lastEnd, event.start));
  const bracket = builder.text.text[event.start] === "[" ? "]" : "}";
  const end = builder.text.text.indexOf(bracket, builder.lastEnd);
  return placeBetween(builder, event.start, end === -1 ? builder.lastEnd : end + 1);
}

function placeBetween(builder: Builder, start: number, end: number): Place {
  builder.lastEnd = end;
  const { text } = builder;
  if (text.insertions.length === 0) return { file: builder.file, start, end, via: undefined };
  return {
    file: builder.file,
    start: originalOffset(text, start),
    end: originalOffset(text, end),
    via: undefined,
  };
}
