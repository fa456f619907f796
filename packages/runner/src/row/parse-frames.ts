import { FmgError } from "@fmg/core";

/**
 * What the follower of a row says, in order: for each step of its list `start`, `data`…, `exit` (or `skip`), at last `end`.
 * Times are seconds of the host's uptime, so differences are exact whoever watched. `bytes` are as the step wrote them.
 */
export type Frame =
  | { readonly kind: "start"; readonly id: string; readonly startedAt: number }
  | { readonly kind: "data"; readonly id: string; readonly offset: number; readonly bytes: Uint8Array }
  | {
      readonly kind: "exit";
      readonly id: string;
      /** `killed`: the row's own process died in this step. `gone`: the step removed its state. */
      readonly code: number | "killed" | "gone";
      /** Bytes of output when the command ended. */
      readonly size: number;
      readonly startedAt: number;
      readonly endedAt: number;
    }
  | { readonly kind: "skip"; readonly id: string }
  /** Nobody could be started to run the step. */
  | { readonly kind: "lost"; readonly id: string }
  | { readonly kind: "end" };

const longestHeader = 200;
const newline = 0x0a;

/**
 * Reads frames out of the follower's stdout, chunk by chunk, with memory for one header only: the parts of a `data` frame are
 * yielded as they come. Anything that the protocol does not say is a broken stream (`step_protocol_failed`): a step may
 * harm its own frames, so nothing is guessed. (step-rows, what the runner must do, 3)
 */
export async function* parseFrames(
  chunks: AsyncIterable<Uint8Array>,
  knownIds: ReadonlySet<string>,
): AsyncGenerator<Frame> {
  let header = Buffer.alloc(0);
  let data: { id: string; offset: number; left: number } | undefined;
  for await (const chunk of chunks) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) {
      if (data !== undefined) {
        const bytes = rest.subarray(0, data.left);
        rest = rest.subarray(bytes.length);
        yield { kind: "data", id: data.id, offset: data.offset, bytes };
        data.offset += bytes.length;
        data.left -= bytes.length;
        if (data.left === 0) data = undefined;
        continue;
      }
      const end = rest.indexOf(newline);
      const line = end < 0 ? rest : rest.subarray(0, end);
      header = header.length === 0 ? Buffer.from(line) : Buffer.concat([header, line]);
      if (header.length > longestHeader) throw brokenFrame(header);
      rest = end < 0 ? rest.subarray(rest.length) : rest.subarray(end + 1);
      if (end < 0) continue;
      const parsed = parseHeader(header, knownIds);
      header = Buffer.alloc(0);
      if (parsed.kind === "data") data = parsed.left > 0 ? parsed : undefined;
      else yield parsed;
    }
  }
}

function parseHeader(
  header: Buffer,
  knownIds: ReadonlySet<string>,
): Exclude<Frame, { kind: "data" }> | { kind: "data"; id: string; offset: number; left: number } {
  const [mark, kind = "", id = "", ...fields] = header.toString("latin1").split(" ");
  if (mark !== "FMG") throw brokenFrame(header);
  if (kind === "end" && id === "") return { kind };
  if (!knownIds.has(id)) throw brokenFrame(header);
  const number = (at: number): number => {
    const text = fields[at];
    if (text === undefined || !/^\d{1,15}(\.\d{1,6})?$/.test(text)) throw brokenFrame(header);
    return Number(text);
  };
  const expectFields = (count: number): void => {
    if (fields.length !== count) throw brokenFrame(header);
  };
  switch (kind) {
    case "start":
      expectFields(1);
      return { kind, id, startedAt: number(0) };
    case "data":
      expectFields(2);
      return { kind, id, offset: number(0), left: number(1) };
    case "exit": {
      expectFields(4);
      const code = fields[0] === "killed" || fields[0] === "gone" ? fields[0] : number(0);
      return { kind, id, code, size: number(1), startedAt: number(2), endedAt: number(3) };
    }
    case "skip":
    case "lost":
      expectFields(0);
      return { kind, id };
    default:
      throw brokenFrame(header);
  }
}

function brokenFrame(header: Buffer): FmgError {
  // Long enough for what the runtime says when it cannot start the program.
  const seen = JSON.stringify(header.subarray(0, 400).toString("latin1"));
  return new FmgError(
    "step_protocol_failed",
    `The step program in the container said ${seen}, which is no frame.`,
  );
}
