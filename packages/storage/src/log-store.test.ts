import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

import { openLogStore, type LogStore } from "./index.ts";
import { asStorageError } from "./storage-error.ts";

let root: string;
let store: LogStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "fmg-logs-"));
  store = openLogStore(root);
});

afterEach(async () => {
  await store.close();
  await rm(root, { recursive: true });
});

describe("a step's log", () => {
  test("holds the appended bytes as they were, in one file per step", async () => {
    await store.append(7, 1, 0, Buffer.from([0, 255, 10]));
    await store.append(7, 1, 3, Buffer.from([13, 128]));
    await store.append(7, 2, 0, Buffer.from("other"));

    expect([...(await readFile(join(root, "7", "1.log")))]).toEqual([0, 255, 10, 13, 128]);
    expect(await text(7, 2)).toBe("other");
  });

  test("is the same after an append was repeated", async () => {
    await store.append(1, 0, 0, Buffer.from("one "));
    await store.append(1, 0, 4, Buffer.from("two"));
    await store.append(1, 0, 4, Buffer.from("two"));

    expect(await text(1, 0)).toBe("one two");
  });

  test("loses what stood beyond a repeated append that is cut differently", async () => {
    await store.append(1, 0, 0, Buffer.from("one two three"));
    await store.append(1, 0, 4, Buffer.from("two"));

    expect(await text(1, 0)).toBe("one two");
  });

  test("refuses an offset beyond its end, and is unchanged", async () => {
    await store.append(1, 0, 0, Buffer.from("abc"));

    await expect(store.append(1, 0, 4, Buffer.from("e"))).rejects.toMatchObject({ code: "gap" });
    expect(await text(1, 0)).toBe("abc");
  });

  test("keeps the order of appends that are not awaited one by one", async () => {
    const parts = Array.from({ length: 200 }, (_, at) => String.fromCharCode(97 + (at % 26)));

    await Promise.all(parts.map((part, at) => store.append(3, 0, at, Buffer.from(part))));

    expect(await text(3, 0)).toBe(parts.join(""));
  });

  test("is cut by a successor to the committed length, and never made longer by it", async () => {
    await store.append(1, 0, 0, Buffer.from("committed, not committed"));

    const successor = openLogStore(root);
    await successor.truncate(1, 0, 9);
    await successor.truncate(1, 0, 100);
    await successor.close();

    expect(await text(1, 0)).toBe("committed");
    expect((await stat(join(root, "1", "0.log"))).size).toBe(9);
  });

  test("is read by range, and is empty before its first byte", async () => {
    await store.append(1, 0, 0, Buffer.from("0123456789"));

    expect(await text(1, 0, 2, 5)).toBe("234");
    expect(await text(1, 0, 8, 99)).toBe("89");
    expect(await text(1, 0, 20, 30)).toBe("");
    expect(await text(5, 5)).toBe("");
  });

  test("is read in bounded chunks", async () => {
    await store.append(1, 0, 0, Buffer.alloc(200_000, "x"));

    const sizes: number[] = [];
    for await (const chunk of store.read(1, 0, 0, 200_000)) sizes.push(chunk.length);

    expect(sizes.reduce((sum, size) => sum + size)).toBe(200_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * 1024);
  });

  test("survives a flush", async () => {
    await store.append(1, 0, 0, Buffer.from("kept"));
    await store.sync(1, 0);

    expect(await text(1, 0)).toBe("kept");
  });
});

describe("the store", () => {
  test("writes to more steps than it may have open", async () => {
    const small = openLogStore(root, { maxOpenFiles: 2 });
    const steps = Array.from({ length: 20 }, (_, step) => step);

    await Promise.all(steps.map((step) => small.append(1, step, 0, Buffer.from(`a${step}`))));
    await Promise.all(steps.map((step) => small.append(1, step, `a${step}`.length, Buffer.from("b"))));
    await small.close();

    for (const step of steps) expect(await text(1, step)).toBe(`a${step}b`);
  });

  test("goes on with a file after one operation on it failed", async () => {
    await store.append(1, 0, 0, Buffer.from("a"));
    await expect(store.append(1, 0, 9, Buffer.from("x"))).rejects.toMatchObject({ code: "gap" });
    await store.append(1, 0, 1, Buffer.from("b"));

    expect(await text(1, 0)).toBe("ab");
  });

  test("says which file the system refuses, and writes once the system lets it", async () => {
    await mkdir(join(root, "1", "0.log"), { recursive: true });

    await expect(store.append(1, 0, 0, Buffer.from("a"))).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining(join(root, "1", "0.log")),
    });

    await rm(join(root, "1"), { recursive: true });
    await store.append(1, 0, 0, Buffer.from("a"));
    expect(await text(1, 0)).toBe("a");
  });

  test("takes nothing but whole numbers for file names", async () => {
    await expect(async () => store.append(1.5, 0, 0, Buffer.from("a"))).rejects.toThrow("no id");
    await expect(async () => store.append(1, -1, 0, Buffer.from("a"))).rejects.toThrow("no id");
  });

  test("names a full disk by a code of its own", async () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });

    expect(asStorageError(full, "writing /logs/1/0.log")).toMatchObject({
      code: "disk_full",
      message: expect.stringContaining("/logs/1/0.log"),
    });
  });
});

async function text(attemptId: number, step: number, from = 0, to = 1_000_000): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(attemptId, step, from, to)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
