import type { Secret } from "@fmg/core";

/** What stands for a masked value. (R-MASK-1) */
export const maskText = "****";

const shortestMaskedLength = 4;
const neverMasked: ReadonlySet<string> = new Set(["true", "True", "false", "False"]);

/**
 * The byte strings that may not appear in output: each value, and each line of a value with several. Values under 4
 * characters and the words of truth are left alone. (R-MASK-2, R-MASK-3)
 */
export function maskedNeedles(secrets: readonly Secret[]): readonly Buffer[] {
  const texts = secrets.flatMap((secret) => {
    const value = secret.reveal();
    return [value, ...value.split(/\r?\n/)];
  });
  const worth = texts.filter((text) => text.length >= shortestMaskedLength && !neverMasked.has(text));
  return [...new Set(worth)].map((text) => Buffer.from(text));
}

/** Masked bytes, and how many raw bytes they stand for, counted from the masker's start. */
export interface Masked {
  readonly bytes: Uint8Array;
  readonly consumed: number;
}

/** Masks one stream of bytes; what it has not decided yet is held back, and not counted as consumed. */
export interface Masker {
  push(bytes: Uint8Array): Masked;
  /** The stream has ended: what was held back is no secret. */
  finish(): Masked;
}

/**
 * Replaces every run of bytes that is covered by occurrences of the needles (they may overlap) by one mask. The result is a
 * function of the raw bytes alone, however they are cut into chunks and wherever a successor starts again, so that a log that
 * is made anew after a crash has the same bytes. Held back is only what may be the beginning of a needle, at most the longest
 * needle less one byte. It is not let out by a timer: a secret that is printed in two halves a second apart stays a secret.
 */
export function createMasker(needles: readonly Buffer[]): Masker {
  if (needles.length === 0) return passThrough();
  let pending: Buffer = Buffer.alloc(0);
  /** Leading bytes of `pending` that a found occurrence covers, whose run may still grow. */
  let covered = 0;
  /** Raw bytes of that run which stand before `pending`. */
  let swallowed = 0;
  let received = 0;

  function decide(input: Buffer, undecided: number): Masked {
    const out: Uint8Array[] = [];
    let position = 0;
    let nextCovered = 0;
    let nextSwallowed = 0;
    for (const run of coveredRuns(input, needles, covered)) {
      const isOpenRun = run.start === 0 && covered > 0;
      if (run.end > undecided) {
        // An occurrence that begins at `undecided` or later, and is cut off, may make this run longer.
        if (run.start < undecided || isOpenRun) {
          out.push(input.subarray(position, run.start));
          position = undecided;
          nextCovered = run.end - undecided;
          nextSwallowed = undecided - run.start + (isOpenRun ? swallowed : 0);
        }
        break;
      }
      out.push(input.subarray(position, run.start), Buffer.from(maskText));
      position = run.end;
    }
    if (position < undecided) out.push(input.subarray(position, undecided));
    pending = input.subarray(undecided);
    covered = nextCovered;
    swallowed = nextSwallowed;
    return { bytes: Buffer.concat(out), consumed: received - pending.length - swallowed };
  }

  return {
    push(bytes) {
      received += bytes.length;
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const input = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      return decide(input, firstUndecided(input, needles));
    },
    finish() {
      return decide(pending, pending.length);
    },
  };
}

/** Masks a text that is there as a whole. */
export function maskWhole(text: string, needles: readonly Buffer[]): string {
  const masker = createMasker(needles);
  return Buffer.concat([masker.push(Buffer.from(text)).bytes, masker.finish().bytes]).toString();
}

function passThrough(): Masker {
  let received = 0;
  return {
    push(bytes) {
      received += bytes.length;
      return { bytes, consumed: received };
    },
    finish: () => ({ bytes: new Uint8Array(), consumed: received }),
  };
}

interface Run {
  readonly start: number;
  readonly end: number;
}

/** All occurrences, those that overlap joined, in order. The first `covered` bytes count as one. */
function coveredRuns(input: Buffer, needles: readonly Buffer[], covered: number): Run[] {
  const found: Run[] = covered > 0 ? [{ start: 0, end: covered }] : [];
  for (const needle of needles) {
    for (let at = input.indexOf(needle); at >= 0; at = input.indexOf(needle, at + 1)) {
      found.push({ start: at, end: at + needle.length });
    }
  }
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const runs: { start: number; end: number }[] = [];
  for (const { start, end } of found) {
    const last = runs.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
    else runs.push({ start, end });
  }
  return runs;
}

/** Where the earliest beginning of a needle stands that the input's end cuts off; the input's length if there is none. */
function firstUndecided(input: Buffer, needles: readonly Buffer[]): number {
  let first = input.length;
  for (const needle of needles) {
    const from = Math.max(0, input.length - needle.length + 1);
    for (
      let at = input.indexOf(needle[0]!, from);
      at >= 0 && at < first;
      at = input.indexOf(needle[0]!, at + 1)
    ) {
      if (input.compare(needle, 0, input.length - at, at) === 0) first = at;
    }
  }
  return first;
}
