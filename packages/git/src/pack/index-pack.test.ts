import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { runGit } from "../testing/run-git.ts";
import { indexPack } from "./index-pack.ts";
import { openPack } from "./open-pack.ts";
import { encodePackIndex } from "./pack-index.ts";

// Real processes, on a machine that may be busy with other tests.
jest.setTimeout(30_000);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-pack-"));
  await runGit(folder, ["init", "-q", "."]);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Packs versions of a text, most of which become deltas of one another, and returns the files that native git made. */
async function nativePack(
  ...packOptions: string[]
): Promise<{ pack: Buffer; index: Buffer; file: string; oids: string[] }> {
  const lines = Array.from({ length: 500 }, (_, i) => `line ${i} ${Math.cos(i)}`);
  const files: string[] = [];
  for (let version = 0; version < 60; version += 1) {
    lines[(version * 37) % 500] = `version ${version}`;
    files.push(join(folder, `${version}.txt`));
    await writeFile(files.at(-1)!, lines.join("\n"));
  }
  const hashed = await runGit(folder, ["hash-object", "-w", "--stdin-paths"], { input: files.join("\n") });
  const oids = hashed.trim().split("\n");
  const options = ["-q", "--depth=40", "--window=60", ...packOptions];
  const name = await runGit(folder, ["pack-objects", ...options, "p"], { input: `${oids.join("\n")}\n` });
  const file = join(folder, `p-${name.trim()}`);
  return { pack: await readFile(`${file}.pack`), index: await readFile(`${file}.idx`), file, oids };
}

describe.each([
  ["deltas by place", "--delta-base-offset"],
  ["deltas by name", "--no-reuse-delta"],
])("a pack with %s", (_, option) => {
  test("gets the very index that native git makes", async () => {
    const { pack, index } = await nativePack(option);

    const made = encodePackIndex(await indexPack(pack), pack.subarray(-20));

    expect(made.equals(index)).toBe(true);
  });

  test("gives back every object", async () => {
    const { file, oids } = await nativePack(option);
    using pack = openPack(`${file}.pack`, `${file}.idx`);

    const names = oids.map((oid) => {
      const { kind, data } = pack.read(oid);
      return createHash("sha1").update(`${kind} ${data.length}\0`).update(data).digest("hex");
    });

    expect(names).toEqual(oids);
    expect(() => pack.read("0".repeat(40))).toThrow("missing from the mirror");
  });
});

describe("a pack that is not whole is refused", () => {
  test.each<[string, (pack: Buffer) => Buffer, RegExp]>([
    ["cut off", (pack) => pack.subarray(0, pack.length - 500), /./],
    ["changed", (pack) => changed(pack, pack.length - 3), /checksum/],
    ["not a pack", () => Buffer.from("<html>Sign in</html>".repeat(10)), /did not send a pack/],
    ["empty", () => Buffer.alloc(0), /did not send a pack/],
    ["claiming more objects than it has", (pack) => changed(pack, 11), /./],
  ])("%s", async (_, spoil, message) => {
    const { pack } = await nativePack("--delta-base-offset");

    await expect(indexPack(spoil(Buffer.from(pack)))).rejects.toThrow(message);
  });

  test("one whose deltas lack their base", async () => {
    const delta = Buffer.from([0, 0]);
    const head = Buffer.concat([Buffer.from("PACK"), Buffer.from([0, 0, 0, 2, 0, 0, 0, 1])]);
    const entry = Buffer.concat([
      Buffer.from([(7 << 4) | delta.length]),
      Buffer.alloc(20, 1),
      deflateSync(delta),
    ]);
    const checksum = createHash("sha1").update(head).update(entry).digest();

    await expect(indexPack(Buffer.concat([head, entry, checksum]))).rejects.toThrow("base is missing");
  });
});

function changed(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
}
