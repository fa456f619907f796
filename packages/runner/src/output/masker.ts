import type { Secret } from "@fmg/core";

import { encodedForms, wrappedForms } from "./encodings.ts";
import { indexNeedles, type NeedleIndex } from "./needle-index.ts";

/** What stands for a masked value. (R-MASK-1) */
export const maskText = "****";

const shortestMaskedLength = 4;
const neverMasked: ReadonlySet<string> = new Set(["true", "True", "false", "False"]);

/**
 * The byte strings that may not appear in output: each value, each line of a value with several, and their encoded forms. Values
 * under 4 characters and the words of truth are left alone. (R-MASK-2, R-MASK-3)
 */
export function maskedNeedles(secrets: readonly Secret[]): readonly Buffer[] {
  const values = secrets.map((secret) => secret.reveal()).filter(isWorthMasking);
  const texts = [...new Set(values.flatMap((value) => [value, ...value.split(/\r?\n/)]))].filter(
    isWorthMasking,
  );
  const forms = [
    ...texts.flatMap((text) => [text, ...encodedForms(text)]),
    ...[...new Set(values)].flatMap(wrappedForms),
  ];
  return [...new Set(forms)].map((form) => Buffer.from(form));
}

/** The names of secrets that masking leaves alone. */
export function unmaskedNames(
  secrets: readonly { readonly name: string; readonly value: Secret }[],
): readonly string[] {
  return secrets.filter(({ value }) => !isWorthMasking(value.reveal())).map(({ name }) => name);
}

function isWorthMasking(text: string): boolean {
  return text.length >= shortestMaskedLength && !neverMasked.has(text);
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
  return maskIndexed(indexOnce(needles));
}

/** Every step has a masker, and all steps of an attempt have the same needles. */
const indexes = new WeakMap<readonly Buffer[], NeedleIndex>();

function indexOnce(needles: readonly Buffer[]): NeedleIndex {
  const known = indexes.get(needles) ?? indexNeedles(needles);
  indexes.set(needles, known);
  return known;
}

function maskIndexed(index: NeedleIndex): Masker {
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
    for (const run of coveredRuns(input, index, covered)) {
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
      return decide(input, index.firstCutOff(input));
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
function coveredRuns(input: Buffer, index: NeedleIndex, covered: number): Run[] {
  const found: Run[] = covered > 0 ? [{ start: 0, end: covered }] : [];
  index.eachOccurrence(input, (start, end) => found.push({ start, end }));
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const runs: { start: number; end: number }[] = [];
  for (const { start, end } of found) {
    const last = runs.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
    else runs.push({ start, end });
  }
  return runs;
}
