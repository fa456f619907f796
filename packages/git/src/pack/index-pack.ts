import { createHash, hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { createBreather } from "../breathe.ts";
import { applyDelta, inflateEntry, readEntryHead, type EntryHead, type ObjectKind } from "./pack-format.ts";

/** One object of a pack, as the index file lists it. */
export interface IndexedEntry {
  readonly oid: string;
  readonly offset: number;
  readonly crc: number;
}

interface Delta {
  readonly offset: number;
  readonly crc: number;
  readonly head: EntryHead;
}

/** More objects than any repository that is built in minutes has; a bound for the memory that indexing takes. */
const MAX_OBJECTS = 5_000_000;

/**
 * Names every object of a pack: one pass that inflates and hashes whole objects, then the deltas, each from its base
 * onwards. Throws when the pack is cut off, does not match its checksum, or holds a delta without base.
 */
export async function indexPack(pack: Buffer): Promise<IndexedEntry[]> {
  const count = checkHead(pack);
  const { entries, deltas } = await nameWholeObjects(pack, count);
  await nameDeltas(pack, entries, deltas);
  if (entries.length !== count) throw new Error("the pack holds deltas whose base is missing");
  return entries;
}

function checkHead(pack: Buffer): number {
  if (pack.length < 32 || pack.toString("latin1", 0, 4) !== "PACK" || pack.readUInt32BE(4) !== 2) {
    throw new Error("the server did not send a pack");
  }
  const count = pack.readUInt32BE(8);
  if (count > MAX_OBJECTS) throw new Error(`the pack holds ${count} objects (${MAX_OBJECTS} at most)`);
  return count;
}

async function nameWholeObjects(
  pack: Buffer,
  count: number,
): Promise<{ entries: IndexedEntry[]; deltas: Delta[] }> {
  const breathe = createBreather();
  const entries: IndexedEntry[] = [];
  const deltas: Delta[] = [];
  const checksum = createHash("sha1").update(pack.subarray(0, 12));
  let offset = 12;
  for (let i = 0; i < count; i += 1) {
    await breathe();
    const head = readEntryHead(pack, offset, offset);
    const { data, consumed } = inflateEntry(pack.subarray(head.dataOffset, -20), head.size);
    const end = head.dataOffset + consumed;
    const entry = pack.subarray(offset, end);
    checksum.update(entry);
    const crc = crc32(entry);
    if (head.kind === "ofs-delta" || head.kind === "ref-delta") deltas.push({ offset, crc, head });
    else entries.push({ oid: objectId(head.kind, data), offset, crc });
    offset = end;
  }
  if (offset !== pack.length - 20) throw new Error("the pack holds more than it says");
  if (!checksum.digest().equals(pack.subarray(-20))) throw new Error("the pack does not match its checksum");
  return { entries, deltas };
}

/** Adds the deltas to `entries`, depth first from each whole object, so that few bases are in memory at a time. */
async function nameDeltas(pack: Buffer, entries: IndexedEntry[], deltas: readonly Delta[]): Promise<void> {
  const byBaseOffset = Map.groupBy(deltas, ({ head }) => (head.kind === "ofs-delta" ? head.baseOffset : -1));
  const byBaseOid = Map.groupBy(deltas, ({ head }) => (head.kind === "ref-delta" ? head.baseOid : ""));
  const childrenOf = (entry: IndexedEntry): Delta[] => [
    ...(byBaseOffset.get(entry.offset) ?? []),
    ...(byBaseOid.get(entry.oid) ?? []),
  ];
  const breathe = createBreather();
  const wholeObjects = entries.slice();
  for (const whole of wholeObjects) {
    const children = childrenOf(whole);
    if (children.length === 0) continue;
    const base = readWhole(pack, whole.offset);
    const waiting = children.map((delta) => ({ delta, base: base.data }));
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      await breathe();
      const data = applyDelta(next.base, inflateAt(pack, next.delta.head));
      const entry = { oid: objectId(base.kind, data), offset: next.delta.offset, crc: next.delta.crc };
      entries.push(entry);
      for (const delta of childrenOf(entry)) waiting.push({ delta, base: data });
    }
  }
}

function readWhole(pack: Buffer, offset: number): { kind: ObjectKind; data: Buffer } {
  const head = readEntryHead(pack, offset, offset);
  if (head.kind === "ofs-delta" || head.kind === "ref-delta") throw new Error("a whole object was expected");
  return { kind: head.kind, data: inflateAt(pack, head) };
}

function inflateAt(pack: Buffer, head: EntryHead): Buffer {
  return inflateEntry(pack.subarray(head.dataOffset, -20), head.size).data;
}

/** The name that git gives to an object. */
export function objectId(kind: ObjectKind, data: Buffer): string {
  if (data.length < 64_000)
    return hash("sha1", Buffer.concat([Buffer.from(`${kind} ${data.length}\0`), data]), "hex");
  return createHash("sha1").update(`${kind} ${data.length}\0`).update(data).digest("hex");
}
