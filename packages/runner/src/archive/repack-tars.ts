import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { extract, pack, type Extract, type Header, type Pack } from "tar-stream";

import { formatBytes } from "./transfer.ts";

/** A member of a tar: its header, and its bytes as a stream. */
export type Entry = Extract extends AsyncIterable<infer Member> ? Member : never;

/** A tar that is not taken: it is hostile, or larger than anything of a job should be. (SEC-14) */
export class TarRefused extends Error {}

/** A folder of packages has some hundred thousand files. */
const mostEntries = 5_000_000;
/** Of one tar, as its headers tell it: a sparse file of a terabyte would keep its job busy for hours. */
const largestTarBytes = 100e9;

/** A tar and what becomes of its entries. */
export interface TarSource {
  readonly tar: AsyncIterable<Uint8Array>;
  /** The headers to write for an entry: none leaves it out, the last one has its bytes, those before it are folders. */
  readonly rewrite: (header: Header) => readonly Header[];
}

/**
 * One tar of the entries of several, streamed: what waits is never more than a chunk. An entry whose name leads out of its
 * folder is refused. (SEC-14)
 */
export async function* repackTars(sources: AsyncIterable<TarSource>): AsyncGenerator<Uint8Array> {
  const output = pack();
  const moving = moveAll(sources, output).catch((thrown: unknown) => output.destroy(thrown as Error));
  try {
    for await (const chunk of output) yield chunk as Uint8Array;
  } finally {
    output.destroy();
    await moving;
  }
}

async function moveAll(sources: AsyncIterable<TarSource>, output: Pack): Promise<void> {
  for await (const { tar, rewrite } of sources) {
    for await (const entry of entriesOf(tar)) {
      const headers = rewrite(entry.header);
      const own = headers.at(-1);
      if (own === undefined) {
        entry.resume();
        continue;
      }
      for (const folder of headers.slice(0, -1)) await write(output, folder);
      await write(output, own, entry);
    }
  }
  output.finalize();
}

/** The entries of a tar, each to be read, or let go by `resume`, before the next one comes. Throws `TarRefused`. (SEC-14) */
export async function* entriesOf(
  tar: AsyncIterable<Uint8Array>,
  limits = { mostEntries, largestTarBytes },
): AsyncGenerator<Entry> {
  const reader = extract();
  const feeding = pipeline(Readable.from(tar, { objectMode: false }), reader);
  // Its failure is the reader's, too.
  feeding.catch(() => undefined);
  let entries = 0;
  let bytes = 0;
  for await (const entry of reader) {
    const { name, size } = entry.header;
    // The daemon's tar of the root begins with a folder of that name.
    if ((name.startsWith("/") && name !== "/") || name.split("/").includes(".."))
      throw new TarRefused(`${JSON.stringify(name)} leads out of its folder`);
    bytes += size;
    if (++entries > limits.mostEntries)
      throw new TarRefused(`there are more than ${limits.mostEntries} files`);
    if (bytes > limits.largestTarBytes)
      throw new TarRefused(`with ${JSON.stringify(name)} it is ${formatBytes(bytes)}, more than is read`);
    yield entry;
  }
  await feeding;
}

async function write(output: Pack, header: Header, bytes?: Entry): Promise<void> {
  const done = new Promise<void>((resolve, reject) => {
    const sink = output.entry(header, (error) => (error == null ? resolve() : reject(error)));
    void copy(bytes, sink).catch(reject);
  });
  await done;
}

async function copy(bytes: Entry | undefined, sink: ReturnType<Pack["entry"]>): Promise<void> {
  if (bytes !== undefined) {
    for await (const chunk of bytes)
      if (!sink.write(chunk)) await new Promise<void>((resolve) => sink.once("drain", resolve));
  }
  sink.end(null);
}
