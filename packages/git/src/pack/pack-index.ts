import { createHash } from "node:crypto";
import type { IndexedEntry } from "./index-pack.ts";

const MAGIC = 0xff744f63;
const FANOUT_AT = 8;
const OIDS_AT = FANOUT_AT + 256 * 4;

/** The bytes of an index file (version 2) for a pack smaller than 2 GiB. */
export function encodePackIndex(entries: readonly IndexedEntry[], packChecksum: Buffer): Buffer {
  const sorted = entries.toSorted((a, b) => (a.oid < b.oid ? -1 : 1));
  const count = sorted.length;
  const bytes = Buffer.alloc(OIDS_AT + count * 28 + 40);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt32BE(2, 4);
  sorted.forEach(({ oid, crc, offset }, i) => {
    bytes.write(oid, OIDS_AT + i * 20, "hex");
    bytes.writeUInt32BE(crc, OIDS_AT + count * 20 + i * 4);
    bytes.writeUInt32BE(offset, OIDS_AT + count * 24 + i * 4);
    bytes.writeUInt32BE(i + 1, FANOUT_AT + Number.parseInt(oid.slice(0, 2), 16) * 4);
  });
  let soFar = 0;
  for (let at = FANOUT_AT; at < OIDS_AT; at += 4) {
    soFar = Math.max(soFar, bytes.readUInt32BE(at));
    bytes.writeUInt32BE(soFar, at);
  }
  packChecksum.copy(bytes, OIDS_AT + count * 28);
  createHash("sha1")
    .update(bytes.subarray(0, -20))
    .digest()
    .copy(bytes, bytes.length - 20);
  return bytes;
}

/** An index file, for look-ups by object name. */
export interface PackIndex {
  /** Where the object stands in the pack, or undefined when it is not in there. */
  offsetOf(oid: string): number | undefined;
  /** All objects' names, with where they stand. */
  entries(): Iterable<{ readonly oid: string; readonly offset: number }>;
  /** Where the entry that begins at `offset` ends. */
  endOf(offset: number): number;
}

export function decodePackIndex(bytes: Buffer, packSize: number): PackIndex {
  if (bytes.length < OIDS_AT + 40 || bytes.readUInt32BE(0) !== MAGIC)
    throw new Error("the index of a pack is damaged");
  const count = bytes.readUInt32BE(OIDS_AT - 4);
  const offsetsAt = OIDS_AT + count * 24;
  const offsets = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) offsets[i] = bytes.readUInt32BE(offsetsAt + i * 4);
  const ends = offsets.toSorted();
  return {
    offsetOf(oid) {
      const wanted = Buffer.from(oid, "hex");
      const first = wanted.readUInt8(0);
      let low = first === 0 ? 0 : bytes.readUInt32BE(FANOUT_AT + (first - 1) * 4);
      let high = bytes.readUInt32BE(FANOUT_AT + first * 4);
      while (low < high) {
        const middle = (low + high) >>> 1;
        const at = OIDS_AT + middle * 20;
        const order = wanted.compare(bytes, at, at + 20);
        if (order === 0) return offsets[middle];
        if (order < 0) high = middle;
        else low = middle + 1;
      }
      return undefined;
    },
    *entries() {
      for (let i = 0; i < count; i += 1) {
        yield { oid: bytes.toString("hex", OIDS_AT + i * 20, OIDS_AT + i * 20 + 20), offset: offsets[i]! };
      }
    },
    endOf(offset) {
      let low = 0;
      let high = count;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (ends[middle]! <= offset) low = middle + 1;
        else high = middle;
      }
      return ends[low] ?? packSize - 20;
    },
  };
}
