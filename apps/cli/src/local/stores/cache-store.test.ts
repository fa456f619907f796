import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { openBlobStore, type BlobStore } from "@fmg/storage";
import { openCacheStore } from "./cache-store.ts";
import { keepResult } from "./earlier-results.ts";
import { sweepState } from "./sweep-state.ts";

let root: string;
let folder: string;
let blobs: BlobStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "fmg-caches-"));
  folder = join(root, "caches");
  blobs = openBlobStore(join(root, "blobs"));
});
afterEach(() => {
  jest.useRealTimers();
  return rm(root, { recursive: true });
});

const open = (cacheRetentionDays?: number) =>
  openCacheStore({ folder, blobs }, cacheRetentionDays === undefined ? {} : { cacheRetentionDays });

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const textAt = async (prefix: string): Promise<string | undefined> => {
  const hit = await open().find(prefix);
  return hit === undefined ? undefined : (await buffer(hit.read())).toString();
};

/** The next one is newer, whatever the clock's steps are. */
async function save(key: string, text: string, days?: number): Promise<string> {
  jest.useFakeTimers({ now: Date.now() + 1000, doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
  return (await open(days).save(key, [], bytesOf(text))).outcome;
}

test("the newest cache whose key begins as asked is found, and the first of a key stays (R-CACHE-3, R-CACHE-4)", async () => {
  expect(await save("npm-a", "one")).toBe("saved");
  expect(await save("npm-b", "two")).toBe("saved");
  expect(await save("npm-a", "another")).toBe("exists");
  expect([await textAt("npm-"), await textAt("npm-a"), await textAt("pip-")]).toEqual([
    "two",
    "one",
    undefined,
  ]);
});

test("of two runs that save a key at once one comes first, and what is kept is whole", async () => {
  const outcomes = await Promise.all(
    ["one", "two", "three"].map((text) => open().save("key", [], bytesOf(text))),
  );
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(["exists", "exists", "saved"]);
  expect(["one", "two", "three"]).toContain(await textAt("key"));
});

test("a cache whose bytes are not what they were is forgotten (REL-20)", async () => {
  await save("key", "right");
  for await (const { digest } of blobs.list())
    await writeFile(join(root, "blobs", digest.slice(0, 2), digest), "wrong");
  expect(await textAt("key")).toBeUndefined();
  expect(await open().has("key")).toBe(false);
});

const day = 24 * 3_600_000;
const sweep = (maxBytes: number, now = Date.now()): Promise<void> =>
  sweepState({ cacheFolder: folder, resultFolder: join(root, "results"), blobs, maxBytes }, now);

test("a sweep forgets what is over its time, then the least recently used until the rest fits", async () => {
  await save("short", "1234", 1);
  await save("old", "123456");
  await save("new", "1234567");
  jest.useRealTimers();
  await open().find("old");
  await sweep(1000, Date.now() + 2 * day);
  expect(await readdir(folder)).toHaveLength(2);
  // Used a moment ago.
  await sweep(8);
  expect(await readdir(folder)).toHaveLength(1);
  expect(await textAt("old")).toBe("123456");
});

test("a sweep removes bytes that nothing names any more, and keeps those of workspaces", async () => {
  const { digest, sizeBytes } = await blobs.put(bytesOf("layer"));
  await blobs.put(bytesOf("left"));
  const layer = {
    job: "a",
    attemptId: 1,
    nodeIndex: 0,
    step: 1,
    digest,
    sizeBytes,
    paths: ["f"],
    storedAt: 0,
  };
  await keepResult(join(root, "results"), {
    workflow: "w",
    job: "a",
    finishedAt: 0,
    layers: [layer],
    tests: [],
  });
  // Another run may be about to name what is new.
  await sweep(1000);
  const left = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const each of blobs.list()) found.push(each.digest);
    return found;
  };
  expect(await left()).toHaveLength(2);
  await sweep(1000, Date.now() + 2 * day);
  expect(await left()).toEqual([digest]);
});
