import { inflateSync } from "node:zlib";

/** Kinds of objects by their number in a pack. */
export const objectKinds = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" } as const;
export type ObjectKind = (typeof objectKinds)[keyof typeof objectKinds];

/** The largest object that is unpacked into memory; a larger one is refused by name, not by running out of memory. */
export const MAX_OBJECT_BYTES = 512 * 2 ** 20;

export const OFS_DELTA = 6;
export const REF_DELTA = 7;

/** The head of one entry of a pack: what it is, how long it becomes, and where its compressed bytes begin. */
export type EntryHead =
  | { readonly kind: ObjectKind; readonly size: number; readonly dataOffset: number }
  | {
      readonly kind: "ofs-delta";
      readonly size: number;
      readonly dataOffset: number;
      readonly baseOffset: number;
    }
  | {
      readonly kind: "ref-delta";
      readonly size: number;
      readonly dataOffset: number;
      readonly baseOid: string;
    };

/** Reads the head of the entry that stands at `at` in `bytes`; `offset` is the same place counted from the pack's start. */
export function readEntryHead(bytes: Buffer, at: number, offset: number): EntryHead {
  let position = at;
  let byte = bytes.readUInt8(position++);
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  for (let scale = 16; byte & 0x80; scale *= 128) {
    byte = bytes.readUInt8(position++);
    size += (byte & 0x7f) * scale;
  }
  if (size > MAX_OBJECT_BYTES)
    throw new Error(`an object of ${size} bytes is too large (${MAX_OBJECT_BYTES} at most)`);
  if (type === OFS_DELTA) {
    byte = bytes.readUInt8(position++);
    let distance = byte & 0x7f;
    while (byte & 0x80) {
      byte = bytes.readUInt8(position++);
      distance = (distance + 1) * 128 + (byte & 0x7f);
    }
    if (distance <= 0 || distance > offset) throw new Error("a delta points outside the pack");
    return { kind: "ofs-delta", size, dataOffset: offset + position - at, baseOffset: offset - distance };
  }
  if (type === REF_DELTA) {
    const baseOid = bytes.toString("hex", position, position + 20);
    return { kind: "ref-delta", size, dataOffset: offset + position + 20 - at, baseOid };
  }
  const kind = (objectKinds as Readonly<Record<number, ObjectKind>>)[type];
  if (kind === undefined) throw new Error(`the pack holds an entry of unknown type ${type}`);
  return { kind, size, dataOffset: offset + position - at };
}

/** Inflates exactly `size` bytes from the start of `compressed` (more may follow), and tells how many were read. */
export function inflateEntry(compressed: Buffer, size: number): { data: Buffer; consumed: number } {
  const chunkSize = Math.max(64, size);
  // The types do not know `info`: with it, the engine that counted the bytes comes back beside the result.
  const options = { info: true, chunkSize, maxOutputLength: Math.max(1, size) } as object;
  const result = inflateSync(compressed, options) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  if (result.buffer.length !== size) throw new Error("an object of the pack has another length than it says");
  return { data: result.buffer, consumed: result.engine.bytesWritten };
}

/** Applies git's copy-and-insert delta to its base. */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = delta.readUInt8(position++);
      value += (byte & 0x7f) * scale;
      if (!(byte & 0x80)) return value;
    }
  };
  if (varint() !== base.length) throw new Error("a delta does not fit its base");
  const size = varint();
  if (size > MAX_OBJECT_BYTES)
    throw new Error(`an object of ${size} bytes is too large (${MAX_OBJECT_BYTES} at most)`);
  const result = Buffer.allocUnsafe(size);
  let filled = 0;
  while (position < delta.length) {
    const op = delta.readUInt8(position++);
    let from: Buffer;
    if (op & 0x80) {
      let offset = 0;
      let length = 0;
      for (let i = 0; i < 4; i += 1) if (op & (1 << i)) offset += delta.readUInt8(position++) * 2 ** (8 * i);
      for (let i = 0; i < 3; i += 1) if (op & (16 << i)) length += delta.readUInt8(position++) * 2 ** (8 * i);
      if (length === 0) length = 0x10000;
      if (offset + length > base.length) throw new Error("a delta copies from outside its base");
      from = base.subarray(offset, offset + length);
    } else {
      if (op === 0 || position + op > delta.length) throw new Error("a delta is cut off");
      from = delta.subarray(position, position + op);
      position += op;
    }
    if (filled + from.length > size) throw new Error("a delta makes more than it says");
    from.copy(result, filled);
    filled += from.length;
  }
  if (filled !== size) throw new Error("a delta makes less than it says");
  return result;
}
