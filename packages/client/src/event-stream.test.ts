import { describe, expect, test } from "@jest/globals";

import { readEvents, type StreamEvent } from "./event-stream.ts";

async function parse(...chunks: (string | Uint8Array)[]): Promise<StreamEvent[]> {
  async function* source(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const events: StreamEvent[] = [];
  for await (const event of readEvents(source())) events.push(event);
  return events;
}

describe("an event stream", () => {
  test("is made of events with a name, data and an id", async () => {
    expect(await parse('event: log\nid: 1:5\ndata: {"a":1}\n\nevent: end\ndata: {}\n\n')).toEqual([
      { event: "log", id: "1:5", data: '{"a":1}' },
      { event: "end", data: "{}" },
    ]);
  });

  test("is the same however it is cut into chunks", async () => {
    const text = Buffer.from("event: log\r\nid: 1:5\r\ndata: ä→😀\r\n\r\n: beat\n\ndata: x\ndata: y\n\n");
    const whole = await parse(text);

    for (let size = 1; size < text.length; size += 1) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.subarray(at * size, (at + 1) * size),
      );
      expect(await parse(...chunks)).toEqual(whole);
    }
    expect(whole).toEqual([
      { event: "log", id: "1:5", data: "ä→😀" },
      { event: "comment", data: "beat" },
      { event: "message", data: "x\ny" },
    ]);
  });

  test("drops an event that was cut off", async () => {
    expect(await parse("data: x\n\nevent: log\ndata: half")).toEqual([{ event: "message", data: "x" }]);
  });

  test("is given up when a line has no end", async () => {
    await expect(parse("data: ", Buffer.alloc(17 * 2 ** 20, "x"))).rejects.toThrow("a line without an end");
  });
});
