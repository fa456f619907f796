/** One server-sent event. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  /** The id that stands in this event, not one of an earlier event. */
  readonly id?: string;
}

/** More than an event of FMG ever has; a stream that goes on without an event is not one of ours. */
const maxEventCharacters = 16 * 1024 * 1024;

/** Reads server-sent events. Comments come out as events named `comment`, so that a reader sees that the line lives. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  let fields: string[] = [];
  for await (const line of readLines(chunks)) {
    if (line === "") {
      const event = parseEvent(fields);
      fields = [];
      if (event !== undefined) yield event;
    } else if (line.startsWith(":")) {
      yield { event: "comment", data: line.slice(1).trim() };
    } else {
      fields.push(line);
    }
  }
}

function parseEvent(fields: readonly string[]): StreamEvent | undefined {
  let event = "message";
  let id: string | undefined;
  const data: string[] = [];
  for (const field of fields) {
    const colon = field.indexOf(":");
    const name = colon === -1 ? field : field.slice(0, colon);
    const value = colon === -1 ? "" : field.slice(field[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "event") event = value;
    else if (name === "data") data.push(value);
    else if (name === "id") id = value;
  }
  if (data.length === 0) return undefined;
  return { event, data: data.join("\n"), ...(id === undefined ? {} : { id }) };
}

async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const text = rest + decoder.decode(chunk, { stream: true });
    if (text.length > maxEventCharacters) throw new Error("the event stream has a line without an end");
    const lines = text.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
  }
}
