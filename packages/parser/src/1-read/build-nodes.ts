import { EVENT_ID, getScalarValue, SCALAR_STYLE, type Event } from "js-yaml";
import { report, type ReportContext } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { Limits } from "../limits.ts";
import { copyThroughAlias } from "./aliases.ts";
import { finishMap, type RawPair } from "./build-map.ts";
import { scalarAt, unknownAt, type ListNode, type MapNode, type Node, type ScalarNode } from "./nodes.ts";
import { resolveTagged } from "./yaml-tags.ts";
import { mayExpand, type Builder } from "./builder.ts";
import { originalOffset, type WidenedText } from "./shallow-flow.ts";
import type { Place, SourceFile } from "./source-file.ts";
import { isPlainWord, resolvePlainScalar, type ResolvedScalar } from "./yaml-scalars.ts";

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
  return root ?? scalarAt({ file, start: 0, end: 0, via: undefined }, null);
}

function readNode(builder: Builder): Node {
  const event = builder.events[builder.next++]!;
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return event.anchorStart < 0 ? readScalar(builder, event) : readAnchored(builder, event);
    case EVENT_ID.SEQUENCE:
      return event.anchorStart < 0 ? readList(builder, event) : readAnchored(builder, event);
    case EVENT_ID.MAPPING:
      return event.anchorStart < 0 ? readMap(builder, event) : readAnchored(builder, event);
    case EVENT_ID.ALIAS:
      return readAlias(builder, event);
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
      throw new Error(`unexpected YAML event ${event.type}`);
  }
}

function readAnchored(builder: Builder, event: ScalarEvent | CollectionEvent): Node {
  const name = builder.text.text.slice(event.anchorStart, event.anchorEnd);
  builder.anchors.set(name, "open");
  const node = readContent(builder, event);
  builder.anchors.set(name, node);
  return node;
}

function readContent(builder: Builder, event: ScalarEvent | CollectionEvent): Node {
  if (event.type === EVENT_ID.SCALAR) return readScalar(builder, event);
  return event.type === EVENT_ID.SEQUENCE ? readList(builder, event) : readMap(builder, event);
}

// Most scalars are plain words: they must cost no more than their node.
function readScalar(builder: Builder, event: ScalarEvent): ScalarNode {
  const text = getScalarValue(builder.text.text, event);
  const { start, end } = scalarSpan(builder, event);
  const plain = event.style === SCALAR_STYLE.PLAIN;
  const special = event.tagStart >= 0 || (plain && !isPlainWord(text));
  const resolved = special ? resolveScalar(builder, event, text, { start, end }) : undefined;
  return {
    kind: "scalar",
    type: resolved === undefined ? "string" : resolved.type,
    value: resolved === undefined ? text : resolved.value,
    text,
    file: builder.file,
    start,
    end,
    via: undefined,
    template: text.includes("<<"),
    size: 1,
    depth: 0,
  };
}

function resolveScalar(
  builder: Builder,
  event: ScalarEvent,
  text: string,
  span: { start: number; end: number },
): ResolvedScalar {
  const place: Place = { file: builder.file, ...span, via: undefined };
  if (event.tagStart >= 0) {
    return resolveTagged(builder.context, place, builder.text.text.slice(event.tagStart, event.tagEnd), text);
  }
  const resolved = resolvePlainScalar(text);
  if (resolved.sexagesimal) {
    const message = `\`${text}\` is read as the base 60 number ${String(resolved.value)}`;
    report(builder.context, "sexagesimal-number", place, message, { hint: `Put it in quotes: "${text}".` });
  }
  return resolved;
}

function scalarSpan(builder: Builder, event: ScalarEvent): { start: number; end: number } {
  if (event.valueStart < 0) {
    // An empty value stands right behind its key's colon.
    const end = event.anchorEnd > 0 ? event.anchorEnd : builder.lastEnd;
    return spanOf(builder, end, end);
  }
  const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  const extra = quoted ? 1 : 0;
  return spanOf(builder, event.valueStart - extra, event.valueEnd + extra);
}

function readList(builder: Builder, event: CollectionEvent): ListNode {
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
  const { start, end } = collectionSpan(builder, event);
  return { kind: "list", items, file: builder.file, start, end, via: undefined, template, size, depth };
}

function readMap(builder: Builder, event: CollectionEvent): MapNode {
  const pairs: RawPair[] = [];
  builder.lastEnd = event.start;
  while (builder.events[builder.next]!.type !== EVENT_ID.POP) {
    const keyEvent = builder.events[builder.next]!;
    const key = readNode(builder);
    const merge =
      key.template &&
      key.kind === "scalar" &&
      key.text === "<<" &&
      keyEvent.type === EVENT_ID.SCALAR &&
      keyEvent.style === SCALAR_STYLE.PLAIN;
    pairs.push({ key, value: readNode(builder), merge });
  }
  builder.next += 1;
  const { start, end } = collectionSpan(builder, event);
  return finishMap(builder, { file: builder.file, start, end, via: undefined }, pairs);
}

function readAlias(builder: Builder, event: AliasEvent): Node {
  const name = builder.text.text.slice(event.anchorStart, event.anchorEnd);
  const place: Place = {
    file: builder.file,
    ...spanOf(builder, event.anchorStart - 1, event.anchorEnd),
    via: undefined,
  };
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
    return unknownAt(place);
  }
  if (target === "open") {
    report(
      builder.context,
      "yaml-recursive-alias",
      place,
      `the alias \`*${name}\` stands inside its own anchor`,
    );
    builder.failed = true;
    return unknownAt(place);
  }
  if (!mayExpand(builder, place, target)) return unknownAt(place);
  return copyThroughAlias(target, { message: `used through the alias *${name}`, place });
}

function collectionSpan(builder: Builder, event: CollectionEvent): { start: number; end: number } {
  const { text } = builder.text;
  const first = event.start < 0 ? "" : text[event.start];
  if (first !== "[" && first !== "{")
    return spanOf(builder, event.start, Math.max(builder.lastEnd, event.start));
  // A flow collection ends with its bracket, the first one behind its last item.
  const end = text.indexOf(first === "[" ? "]" : "}", builder.lastEnd);
  return spanOf(builder, event.start, end === -1 ? builder.lastEnd : end + 1);
}

/** Offsets of the file, and the end remembered for what has no place of its own. */
function spanOf(builder: Builder, start: number, end: number): { start: number; end: number } {
  builder.lastEnd = end;
  const { text } = builder;
  if (text.insertions.length === 0) return { start, end };
  return { start: originalOffset(text, start), end: originalOffset(text, end) };
}
