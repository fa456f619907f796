import { FmgError } from "@fmg/core";

import type { ExecOutput } from "../container-engine.ts";

const headerBytes = 8;
/** No daemon sends frames anywhere near this; a greater length means that the stream is not what we think. */
const largestFrame = 2 ** 26;

/**
 * Takes apart Docker's stream of frames: one byte for the stream, three zeros, four of length, then the bytes. Pulls only what
 * its reader takes. What came together for one stream is handed on together: a log has a frame for each line. (docker-modem's
 * own reader knows no back-pressure, and lets a bad header pass as output.)
 */
export async function* demultiplex(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ExecOutput> {
  const header = Buffer.alloc(headerBytes);
  let headerFilled = 0;
  let stream: ExecOutput["stream"] = "stdout";
  let left = 0;
  for await (const chunk of chunks) {
    let position = 0;
    let together: Uint8Array[] = [];
    while (position < chunk.length) {
      if (left > 0) {
        const bytes = chunk.subarray(position, position + left);
        position += bytes.length;
        left -= bytes.length;
        together.push(bytes);
        continue;
      }
      const taken = chunk.subarray(position, position + headerBytes - headerFilled);
      header.set(taken, headerFilled);
      headerFilled += taken.length;
      position += taken.length;
      if (headerFilled < headerBytes) continue;
      headerFilled = 0;
      const next = readHeader(header);
      if (next.stream !== stream && together.length > 0) {
        yield { stream, bytes: joined(together) };
        together = [];
      }
      ({ stream, left } = next);
    }
    if (together.length > 0) yield { stream, bytes: joined(together) };
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function readHeader(header: Buffer): { stream: ExecOutput["stream"]; left: number } {
  const kind = header[0];
  const left = header.readUInt32BE(4);
  const isValid = (kind === 1 || kind === 2) && header.readUIntBE(1, 3) === 0 && left <= largestFrame;
  if (!isValid) {
    throw new FmgError(
      "step_protocol_failed",
      `Docker sent ${header.toString("hex")}, which is no frame of output.`,
    );
  }
  return { stream: kind === 1 ? "stdout" : "stderr", left };
}
