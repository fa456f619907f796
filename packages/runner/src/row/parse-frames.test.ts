import { describe, expect, test } from "@jest/globals";

import { parseFrames, type Frame } from "./parse-frames.ts";

const ids = new Set(["1-1", "2-1"]);

describe("the frames of a row", () => {
  const stream = Buffer.concat([
    Buffer.from("FMG start 1-1 12.50\nFMG data 1-1 0 5\n"),
    Buffer.from([0x46, 0x4d, 0x47, 0x0a, 0xff]),
    Buffer.from("FMG data 1-1 5 3\nabcFMG exit 1-1 7 8 12.50 13.75\nFMG skip 2-1\nFMG end\n"),
  ]);

  test("are the same however the stream is cut", async () => {
    const whole = await joined([stream]);
    expect(whole).toEqual([
      { kind: "start", id: "1-1", startedAt: 12.5 },
      { kind: "data", id: "1-1", offset: 0, text: "464d470aff616263" },
      { kind: "exit", id: "1-1", code: 7, size: 8, startedAt: 12.5, endedAt: 13.75 },
      { kind: "skip", id: "2-1" },
      { kind: "end" },
    ]);
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(await joined([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(whole);
    }
  });

  test("tell a step that was killed with its row, and one that removed its state", async () => {
    const frames = await joined([Buffer.from("FMG exit 1-1 killed 3 1.00 2.00\nFMG exit 2-1 gone 0 0 0\n")]);
    expect(frames.map((frame) => "code" in frame && frame.code)).toEqual(["killed", "gone"]);
  });

  test.each([
    ["words that are no frame", "hello\n"],
    ["an unknown step", "FMG skip 9-9\n"],
    ["an unknown kind", "FMG dance 1-1\n"],
    ["a field too few", "FMG data 1-1 5\n"],
    ["a number that is none", "FMG data 1-1 -5 3\n"],
    ["a header without an end", "F".repeat(201)],
  ])("are refused when the stream has %s", async (_what, text) => {
    await expect(joined([Buffer.from(text)])).rejects.toMatchObject({ code: "step_protocol_failed" });
  });
});

/** Frames with neighbouring data joined: how data is cut is nobody's promise. */
async function joined(chunks: Buffer[]): Promise<(Exclude<Frame, { kind: "data" }> | { text: string })[]> {
  const result: (
    Exclude<Frame, { kind: "data" }> | { kind: "data"; id: string; offset: number; text: string }
  )[] = [];
  for await (const frame of parseFrames(each(chunks), ids)) {
    const last = result.at(-1);
    if (frame.kind !== "data") result.push(frame);
    else if (last?.kind === "data") last.text += Buffer.from(frame.bytes).toString("hex");
    else result.push({ ...frame, bytes: undefined, text: Buffer.from(frame.bytes).toString("hex") } as never);
  }
  return result.map((frame) => JSON.parse(JSON.stringify(frame)) as never);
}

async function* each(chunks: Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}
