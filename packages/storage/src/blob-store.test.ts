import { mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "@jest/globals";

import { openBlobStore, type BlobStore } from "./blob-store.ts";

let root: string;
let blobs: BlobStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "fmg-blobs-"));
  blobs = openBlobStore(root);
});
afterEach(() => rm(root, { recursive: true }));

async function* bytes(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function digests(): Promise<string[]> {
  const all: string[] = [];
  for await (const { digest } of blobs.list()) all.push(digest);
  return all;
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

test("a blob is named by its bytes, kept once, and read whole or in part", async () => {
  const stored = await blobs.put(bytes("hello ", "world"));
  expect(await blobs.put(bytes("hello world"))).toEqual(stored);

  expect(stored.sizeBytes).toBe(11);
  expect(await textOf(blobs.read(stored.digest))).toBe("hello world");
  expect(await textOf(blobs.read(stored.digest, { from: 6, to: 8 }))).toBe("wo");
  expect(await digests()).toEqual([stored.digest]);
});

test("bytes that break off leave nothing", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("half");
    throw new Error("the source broke");
  }
  await expect(blobs.put(broken())).rejects.toThrow("the source broke");
  expect(await digests()).toEqual([]);
  expect(await readdir(join(root, "incoming"))).toEqual([]);
});

test("a flipped, cut or emptied blob is found, and set aside (REL-20)", async () => {
  for (const spoil of [
    (path: string) => writeFile(path, "jello"),
    (path: string) => truncate(path, 3),
    (path: string) => truncate(path, 0),
  ]) {
    const { digest } = await blobs.put(bytes("hello"));
    expect(await blobs.verify(digest)).toBe("intact");
    await spoil(join(root, digest.slice(0, 2), digest));
    expect(await blobs.verify(digest)).toBe("corrupt");
    expect(await blobs.verify(digest)).toBe("missing");
  }
});

test("a name that is no digest never becomes a path (SEC-15)", () => {
  for (const name of ["../../etc/passwd", "", "a".repeat(63), `${"a".repeat(64)}/x`])
    expect(() => blobs.read(name)).toThrow("no digest");
});

test("a removed blob is missing, and may be removed again", async () => {
  const { digest } = await blobs.put(bytes("x"));
  await blobs.remove(digest);
  await blobs.remove(digest);
  expect(await blobs.verify(digest)).toBe("missing");
});
