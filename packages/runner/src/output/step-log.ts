import { createMasker } from "./masker.ts";

/**
 * Raw offset that says "the runner's closing words are written": far beyond any byte of output, so that a successor neither
 * writes them twice nor takes them for output. The follower has nothing to send from there on.
 */
export const closedOffset = 2 ** 40;

/**
 * The way of one step's output: raw bytes in, masked and limited bytes out, each with the raw offset up to which it stands for
 * the step's output. What the masker holds back is not counted, so a successor reads it again.
 */
export interface StepLog {
  /** The raw offset of the next byte to be written. */
  received(): number;
  write(bytes: Uint8Array): Promise<void>;
  /** Lets out what was held back: the output has ended here. */
  flush(): Promise<void>;
  /** Forgets what is held back, as it will be sent again; returns the raw offset to send from. */
  rewind(): number;
  /** Ends the log with the runner's own words, once. */
  close(words: string): Promise<void>;
}

export interface StepLogOptions {
  /** Where a predecessor stopped. */
  readonly offset: number;
  readonly needles: readonly Buffer[];
  /** Raw bytes that are kept. */
  readonly maxBytes: number;
  readonly emit: (bytes: Uint8Array, rawOffset: number) => Promise<void>;
}

export function openStepLog({ offset, needles, maxBytes, emit }: StepLogOptions): StepLog {
  let consumed = offset;
  let received = offset;
  let masker = createMasker(needles);
  let maskerStart = offset;

  async function emitConsumed(bytes: Uint8Array, rawOffset: number): Promise<void> {
    if (bytes.length === 0 && rawOffset === consumed) return;
    consumed = rawOffset;
    await emit(bytes, rawOffset);
  }

  return {
    received: () => received,

    async write(bytes) {
      const wasCut = received > maxBytes;
      const kept = wasCut ? new Uint8Array() : bytes.subarray(0, maxBytes - received);
      received += bytes.length;
      if (wasCut) return emitConsumed(kept, received);
      const masked = masker.push(kept);
      if (received <= maxBytes) return emitConsumed(masked.bytes, maskerStart + masked.consumed);
      // What the masker holds back may be half a secret: it is dropped with the rest.
      await emitConsumed(Buffer.concat([masked.bytes, cutNotice(maxBytes)]), received);
    },

    async flush() {
      if (received > maxBytes) return;
      const masked = masker.finish();
      await emitConsumed(masked.bytes, maskerStart + masked.consumed);
    },

    rewind() {
      masker = createMasker(needles);
      maskerStart = consumed;
      received = consumed;
      return consumed;
    },

    async close(words) {
      if (consumed >= closedOffset) return;
      await emitConsumed(Buffer.from(`\n${words}\n`), closedOffset);
    },
  };
}

function cutNotice(maxBytes: number): Buffer {
  return Buffer.from(
    `\n[The log ends here: the limit of ${maxBytes} bytes for a step is reached. The step goes on.]\n`,
  );
}
