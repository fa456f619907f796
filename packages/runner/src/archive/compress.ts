import { Readable, type Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";

/** As `zstd -3`. */
export function compressed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return through(bytes, createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } }));
}

/** The bytes that `compressed` took. */
export function decompressed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return through(bytes, createZstdDecompress());
}

async function* through(bytes: AsyncIterable<Uint8Array>, transform: Duplex): AsyncGenerator<Uint8Array> {
  const feeding = pipeline(Readable.from(bytes, { objectMode: false }), transform);
  // Its failure is the transform's, too.
  feeding.catch(() => undefined);
  try {
    for await (const chunk of transform) yield chunk as Uint8Array;
    await feeding;
  } finally {
    transform.destroy();
  }
}
