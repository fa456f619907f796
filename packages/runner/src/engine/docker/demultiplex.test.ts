import { describe, expect, test } from "@jest/globals";

import { demultiplex } from "./demultiplex.ts";

describe("Docker's frames of output", () => {
  const stream = Buffer.concat([frame(1, "out\0"), frame(2, "err"), frame(1, ""), frame(1, "x".repeat(300))]);

  test("are taken apart the same however the stream is cut", async () => {
    for (let cut = 0; cut <= stream.length; cut += 7) {
      const parts = [stream.subarray(0, cut), stream.subarray(cut, cut + 3), stream.subarray(cut + 3)];
      expect(await texts(parts)).toEqual({ stdout: `out\0${"x".repeat(300)}`, stderr: "err" });
    }
  });

  test("of one stream that came together are handed on together", async () => {
    const lines = Buffer.concat(Array.from({ length: 1000 }, (_, at) => frame(1, `${at}\n`)));
    async function* each(): AsyncGenerator<Buffer> {
      yield Buffer.concat([lines, frame(2, "err"), lines]);
    }
    const sizes: string[] = [];
    for await (const { stream, bytes } of demultiplex(each())) sizes.push(`${stream} ${bytes.length}`);
    expect(sizes).toEqual(["stdout 3890", "stderr 3", "stdout 3890"]);
  });

  test.each([
    ["an unknown stream", Buffer.from([7, 0, 0, 0, 0, 0, 0, 1])],
    ["text in place of a header", Buffer.from("HTTP/1.1")],
    ["a length that no daemon sends", Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])],
  ])("are refused when there is %s", async (_what, bytes) => {
    await expect(texts([bytes])).rejects.toMatchObject({ code: "step_protocol_failed" });
  });

  test("are pulled no faster than they are read", async () => {
    let pulled = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        pulled++;
        yield frame(1, "x");
      }
    }

    const frames = demultiplex(endless());
    await frames.next();
    await frames.next();

    expect(pulled).toBeLessThanOrEqual(2);
  });
});

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function texts(chunks: Buffer[]): Promise<{ stdout: string; stderr: string }> {
  const result = { stdout: "", stderr: "" };
  async function* each(): AsyncGenerator<Buffer> {
    yield* chunks;
  }
  for await (const { stream, bytes } of demultiplex(each())) result[stream] += Buffer.from(bytes).toString();
  return result;
}
