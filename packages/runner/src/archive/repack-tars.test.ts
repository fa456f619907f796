import { buffer } from "node:stream/consumers";

import { describe, expect, test } from "@jest/globals";
import { pack, type Header } from "tar-stream";

import { entriesOf, repackTars, TarRefused } from "./repack-tars.ts";

type Member = Partial<Header> & { readonly name: string; readonly content?: string };

async function aTar(...members: readonly Member[]): Promise<Buffer> {
  const output = pack();
  for (const { content = "", ...header } of members) output.entry(header, content);
  output.finalize();
  return buffer(output);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function namesIn(tar: Uint8Array, limits?: Parameters<typeof entriesOf>[1]): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of entriesOf(once(tar), limits)) {
    names.push(entry.header.name);
    entry.resume();
  }
  return names;
}

describe("a tar (SEC-14)", () => {
  test.each([
    ["../up", {}],
    ["a/../../up", {}],
    ["/etc/passwd", {}],
    // The plain name is cut and harmless; the extended header has the one that counts.
    ["plain", { pax: { path: "../up" } }],
    [`${"long/".repeat(40)}../up`, {}],
  ])("with a name that leads out of its folder is refused: %s", async (name, over) => {
    const tar = await aTar({ name: "fine" }, { name, content: "x", ...over });
    await expect(namesIn(tar)).rejects.toThrow(TarRefused);
    await expect(buffer(repackTars(sources(tar)))).rejects.toThrow(/leads out of its folder/);
  });

  test("is taken with long, doubled and odd names, links, devices and modes as they are: only a container unpacks it", async () => {
    const odd = "r/\u202egnp.exe \u2024\u2024 ü";
    const long = `r/${"x".repeat(300)}`;
    const tar = await aTar(
      { name: odd },
      { name: long, content: "1" },
      { name: long, content: "2" },
      { name: "r/link", type: "symlink", linkname: "/etc" },
      { name: "r/hard", type: "link", linkname: "r/file" },
      { name: "r/fifo", type: "fifo" },
      { name: "r/setuid", mode: 0o4755 },
    );
    const moved = await buffer(repackTars(sources(tar)));
    expect(await namesIn(moved)).toEqual([odd, long, long, "r/link", "r/hard", "r/fifo", "r/setuid"]);
  });

  test("of more files or bytes than any job should have is refused before they are read", async () => {
    const three = await aTar({ name: "a" }, { name: "b" }, { name: "c", content: "xxx" });
    const limits = { mostEntries: 3, largestTarBytes: 3 };
    expect(await namesIn(three, limits)).toEqual(["a", "b", "c"]);
    await expect(namesIn(three, { ...limits, mostEntries: 2 })).rejects.toThrow("more than 2 files");
    await expect(namesIn(three, { ...limits, largestTarBytes: 2 })).rejects.toThrow(
      /"c" it is 3 B, more than/,
    );
    // A header alone, as that of a sparse file: not one of its bytes is waited for.
    const output = pack();
    output.entry({ name: "sparse", size: 1e12 });
    const { value: header } = await output[Symbol.asyncIterator]().next();
    await expect(namesIn(header as Buffer)).rejects.toThrow(/"sparse" it is 1000.0 GB/);
  });
});

async function* sources(tar: Uint8Array) {
  yield { tar: once(tar), rewrite: (header: Header) => [header] };
}
