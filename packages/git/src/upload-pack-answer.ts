/** The server broke off in words of its own. */
export class ServerMessage extends Error {
  constructor(message: string) {
    super(`the server says: ${message.trim().slice(0, 200)}`);
    this.name = "ServerMessage";
  }
}

const SIDE_BAND_PACK = 1;
const SIDE_BAND_ERROR = 3;

/** Takes the pack out of an upload-pack answer: pkt-lines, of which those after NAK are on side-bands. */
export function parseUploadPackAnswer(answer: Uint8Array): Buffer | "not-there" {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
  const pack: Buffer[] = [];
  for (const line of pktLines(bytes)) {
    const band = line.readUInt8(0);
    if (band === SIDE_BAND_PACK) pack.push(line.subarray(1));
    if (band === SIDE_BAND_ERROR) throw new ServerMessage(line.toString("utf8", 1));
    if (line.toString("latin1", 0, 4) !== "ERR ") continue;
    if (/not our ref|unadvertised object/.test(line.toString("utf8"))) return "not-there";
    throw new ServerMessage(line.toString("utf8", 4));
  }
  return Buffer.concat(pack);
}

function* pktLines(bytes: Buffer): Generator<Buffer> {
  let offset = 0;
  while (offset + 4 <= bytes.length) {
    const length = Number.parseInt(bytes.toString("latin1", offset, offset + 4), 16);
    if (Number.isNaN(length) || offset + length > bytes.length)
      throw new Error("the answer is cut off or not git's");
    if (length > 4) yield bytes.subarray(offset + 4, offset + length);
    // Lengths below 4 are marks without content (flush, delimiter).
    offset += Math.max(length, 4);
  }
}
