import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { applyDelta, inflateEntry, readEntryHead, type ObjectKind } from "./pack-format.ts";
import { decodePackIndex } from "./pack-index.ts";

export interface GitObject {
  readonly kind: ObjectKind;
  readonly data: Buffer;
}

/** The objects of one pack, by name. Dispose of it when done (`using`): it holds a file open. */
export interface Pack extends Disposable {
  /** Throws when the pack has no such object: packs in a mirror are complete. */
  read(oid: string): GitObject;
  has(oid: string): boolean;
  /** The names of all tag objects; costs a look at each object's head. */
  tagObjects(): readonly string[];
}

/** Bases of deltas are kept up to this many bytes, since siblings in a tree are often deltas of one another. */
const MAX_CACHED_BYTES = 32 * 2 ** 20;

/**
 * Opens a pack and its index. Objects are read synchronously: they were just written, so they come from the page
 * cache, in microseconds; an asynchronous read of each costs more than the reading.
 */
export function openPack(packFile: string, indexFile: string): Pack {
  const file = openSync(packFile, "r");
  const { size } = fstatSync(file);
  const index = decodePackIndex(readFileSync(indexFile), size);
  const readBytes = createWindows(file, size);
  const bases = createCache();

  const readAt = (offset: number): GitObject => {
    const known = bases.get(offset);
    if (known !== undefined) return known;
    const entry = readBytes(offset, index.endOf(offset));
    const head = readEntryHead(entry, 0, offset);
    const { data } = inflateEntry(entry.subarray(head.dataOffset - offset), head.size);
    if (head.kind !== "ofs-delta" && head.kind !== "ref-delta") return { kind: head.kind, data };
    const baseOffset = head.kind === "ofs-delta" ? head.baseOffset : offsetOf(head.baseOid);
    const base = readAt(baseOffset);
    bases.set(baseOffset, base);
    return { kind: base.kind, data: applyDelta(base.data, data) };
  };
  const offsetOf = (oid: string): number => {
    const offset = index.offsetOf(oid);
    if (offset === undefined) throw new Error(`the object ${oid} is missing from the mirror`);
    return offset;
  };

  /** A delta is of its base's kind. */
  const kindAt = (offset: number): ObjectKind => {
    for (let at = offset; ;) {
      const head = readEntryHead(readBytes(at, index.endOf(at)), 0, at);
      if (head.kind === "ofs-delta") at = head.baseOffset;
      else if (head.kind === "ref-delta") at = offsetOf(head.baseOid);
      else return head.kind;
    }
  };

  return {
    read: (oid) => readAt(offsetOf(oid)),
    has: (oid) => index.offsetOf(oid) !== undefined,
    tagObjects: () =>
      [...index.entries()].filter(({ offset }) => kindAt(offset) === "tag").map(({ oid }) => oid),
    [Symbol.dispose]() {
      closeSync(file);
    },
  };
}

/** How much is read at once: objects that stand together in a tree mostly stand together in the pack. */
const WINDOW_BYTES = 2 ** 18;
/** A delta and its base stand far apart: with one window, each would read the other's away. */
const MAX_WINDOWS = 64;

/** Reads ranges of a file through a few windows, since a system call for each small object costs more than its bytes. */
function createWindows(file: number, size: number): (start: number, end: number) => Buffer {
  /** By the place in the file where they begin, the one that was used last at the end. */
  const windows = new Map<number, Buffer>();
  return (start, end) => {
    const windowStart = start - (start % WINDOW_BYTES);
    let window = windows.get(windowStart);
    windows.delete(windowStart);
    if (window === undefined || windowStart + window.length < end) {
      // A new buffer each time: what was handed out before still points into the old one.
      const length = Math.min(Math.max(WINDOW_BYTES, end - windowStart), size - windowStart);
      window = Buffer.allocUnsafeSlow(length);
      const bytesRead = readSync(file, window, 0, length, windowStart);
      if (bytesRead < end - windowStart) throw new Error("the pack is shorter than its index says");
    }
    windows.set(windowStart, window);
    for (const oldest of windows.keys()) {
      if (windows.size <= MAX_WINDOWS) break;
      windows.delete(oldest);
    }
    return window.subarray(start - windowStart, end - windowStart);
  };
}

function createCache(): {
  get(offset: number): GitObject | undefined;
  set(offset: number, object: GitObject): void;
} {
  const kept = new Map<number, GitObject>();
  let bytes = 0;
  return {
    get: (offset) => kept.get(offset),
    set(offset, object) {
      if (kept.has(offset) || object.data.length > MAX_CACHED_BYTES) return;
      kept.set(offset, object);
      bytes += object.data.length;
      for (const [oldest, { data }] of kept) {
        if (bytes <= MAX_CACHED_BYTES) break;
        kept.delete(oldest);
        bytes -= data.length;
      }
    },
  };
}
