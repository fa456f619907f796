import { Readable, type Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";

/** Each piece costs a turn through the thread pool: a tar of small files comes in pieces of some hundred bytes. */
const pieceBytes = 256 * 1024;

/** As `zstd -3`. */
export function compressed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const params = { [constants.ZSTD_c_compressionLevel]: 3 };
  return through(inLargePieces(bytes), createZstdCompress({ params, chunkSize: pieceBytes }));
}

/** The bytes that `compressed` took. */
export function decompressed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return through(bytes, createZstdDecompress({ chunkSize: pieceBytes }));
}

async function* inLargePieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    waiting.push(chunk);
    size += chunk.length;
    if (size < pieceBytes) continue;
    yield Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting, size);
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
