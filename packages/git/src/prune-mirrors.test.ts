import { mkdtemp, mkdir, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { pruneMirrors, touchPack } from "./prune-mirrors.ts";

let mirrorsDir: string;
beforeEach(async () => {
  mirrorsDir = await mkdtemp(join(tmpdir(), "fmg-mirrors-"));
});
afterEach(() => rm(mirrorsDir, { recursive: true }));

const now = Date.now();
const hour = 3_600_000;

async function aCommit(mirror: string, sha: string, usedHoursAgo: number): Promise<string> {
  const folder = join(mirrorsDir, mirror, "objects", "pack");
  await mkdir(folder, { recursive: true });
  const base = join(folder, `pack-${sha}`);
  await writeFile(`${base}.pack`, Buffer.alloc(900));
  await writeFile(`${base}.idx`, Buffer.alloc(100));
  const used = new Date(now - usedHoursAgo * hour);
  await utimes(`${base}.idx`, used, used);
  return base;
}

async function left(): Promise<string[]> {
  const all = await readdir(mirrorsDir, { recursive: true });
  return all.filter((name) => /\.(idx|pack|tmp)$/.test(name)).sort();
}

const prune = (maxBytes: number) => pruneMirrors({ mirrorsDir, maxBytes, staleMs: hour, now });

test("the commits that were not used for longest go first, over all repositories, until the rest fits", async () => {
  await aCommit("one", "a", 3);
  await aCommit("one", "b", 1);
  await aCommit("two", "c", 2);
  expect(await prune(2500)).toBe(1);
  expect(await left()).toEqual([
    "one/objects/pack/pack-b.idx",
    "one/objects/pack/pack-b.pack",
    "two/objects/pack/pack-c.idx",
    "two/objects/pack/pack-c.pack",
  ]);
});

test("a commit that was used again is kept", async () => {
  const old = await aCommit("one", "a", 3);
  await aCommit("one", "b", 1);
  await touchPack(`${old}.idx`, new Date(now));
  expect(await prune(1500)).toBe(1);
  expect(await left()).toEqual(["one/objects/pack/pack-a.idx", "one/objects/pack/pack-a.pack"]);
});

test("what a killed fetch left is removed once it is old, and not before", async () => {
  const base = await aCommit("one", "a", 0);
  await writeFile(`${base}-old.tmp`, "");
  await writeFile(`${base}-new.tmp`, "");
  await utimes(`${base}-old.tmp`, new Date(now - 2 * hour), new Date(now - 2 * hour));
  expect(await prune(10_000)).toBe(0);
  expect((await left()).filter((name) => name.endsWith(".tmp"))).toEqual(["one/objects/pack/pack-a-new.tmp"]);
});

test("no mirrors at all is fine", async () => {
  expect(await pruneMirrors({ mirrorsDir: join(mirrorsDir, "none"), maxBytes: 0, staleMs: 0, now })).toBe(0);
});
