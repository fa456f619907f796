/** A line longer than this is shown in pieces, so that a job cannot fill the memory with one. */
const longestLine = 64 * 1024;

const LF = 0x0a;
const CR = 0x0d;

/** Makes whole lines of chunks, without their ends; of a line that wrote over itself its last state. */
export interface LineSplitter {
  push(chunk: Uint8Array): Buffer[];
  /** The rest that has no end. */
  finish(): Buffer[];
}

export function openLineSplitter(): LineSplitter {
  let rest = Buffer.alloc(0);
  return {
    push(chunk) {
      const lines: Buffer[] = [];
      let bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF)) {
        lines.push(lastState(bytes.subarray(0, end)));
        bytes = bytes.subarray(end + 1);
      }
      if (bytes.length > longestLine) {
        lines.push(lastState(bytes));
        bytes = Buffer.alloc(0);
      }
      rest = Buffer.from(bytes);
      return lines;
    },
    finish() {
      const last = rest;
      rest = Buffer.alloc(0);
      return last.length === 0 ? [] : [lastState(last)];
    },
  };
}

function lastState(line: Buffer): Buffer {
  const visible = line.at(-1) === CR ? line.subarray(0, -1) : line;
  return visible.subarray(visible.lastIndexOf(CR) + 1);
}
