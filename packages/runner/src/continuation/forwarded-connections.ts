import { Duplex } from "node:stream";

import { FmgError } from "@fmg/core";

/** Both ways: a letter, four bytes of length, the bytes. What the letters mean: `step-program/forward.c`. */
const headerBytes = 5;
/** The program sends far shorter ones. */
const longestFrame = 2 ** 20;

export interface ForwardFrame {
  readonly letter: "r" | "d" | "c";
  readonly bytes: Uint8Array;
}

export function forwardFrame(letter: "d" | "c", bytes: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write(letter, "latin1");
  header.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([header, bytes]);
}

/** Takes the step program's frames apart, however they are cut. */
export async function* forwardFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ForwardFrame> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= headerBytes) {
      const letter = held.toString("latin1", 0, 1);
      const length = held.readUInt32BE(1);
      if ((letter !== "r" && letter !== "d" && letter !== "c") || length > longestFrame) {
        const words = held.toString("hex", 0, headerBytes);
        throw new FmgError("step_protocol_failed", `The forwarder sent ${words}, which is no frame.`);
      }
      if (held.length < headerBytes + length) break;
      yield { letter, bytes: held.subarray(headerBytes, headerBytes + length) };
      held = held.subarray(headerBytes + length);
    }
  }
}

/** One connection after the other, as streams. */
export interface ForwardedConnections {
  /** Resolves once the next frame may come. */
  take(frame: ForwardFrame): Promise<void>;
  /** There is nobody any more at the other side. */
  break(): void;
}

/** `send` writes a frame to the step program; each of the two sides says once that a connection has ended. */
export function openConnections(
  send: (frame: Buffer, done: (error?: Error | null) => void) => void,
  onConnection: (connection: Duplex) => void,
): ForwardedConnections {
  let open: { readonly stream: Duplex; wake: () => void } | undefined;
  let isEndedHere = false;

  function endHere(done: (error?: Error | null) => void): void {
    if (isEndedHere) return done();
    isEndedHere = true;
    send(forwardFrame("c"), done);
  }

  function connect(): NonNullable<typeof open> {
    isEndedHere = false;
    const made: NonNullable<typeof open> = {
      wake: () => undefined,
      stream: new Duplex({
        read: () => made.wake(),
        write: (bytes: Buffer, _encoding, done) => {
          if (open !== made) return done();
          send(forwardFrame("d", bytes), done);
        },
        final: (done) => {
          if (open !== made) return done();
          endHere(done);
        },
        destroy: (error, done) => {
          made.wake();
          if (open === made) endHere(() => undefined);
          done(error);
        },
      }),
    };
    // Whoever uses the stream hears of it too; without a listener it would end the process.
    made.stream.on("error", () => undefined);
    return made;
  }

  return {
    async take({ letter, bytes }) {
      if (letter === "r") return;
      if (letter === "c") {
        const ended = open;
        ended?.stream.push(null);
        if (ended === undefined) send(forwardFrame("c"), () => undefined);
        else endHere(() => undefined);
        open = undefined;
        return;
      }
      if (open === undefined) {
        open = connect();
        onConnection(open.stream);
      }
      const { stream } = open;
      if (isEndedHere || stream.destroyed || stream.push(bytes)) return;
      const made = open;
      await new Promise<void>((resolve) => (made.wake = resolve));
    },
    break() {
      const broken = open;
      open = undefined;
      broken?.stream.destroy();
    },
  };
}
