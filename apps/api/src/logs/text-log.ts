import type { StepRow } from "@fmg/db";
import type { LogStore } from "@fmg/storage";

/** Which bytes of a text are asked for; `end` is exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What a Range header asks of a text of this length. Undefined where it is absent, or of a kind that we may ignore
 * (several ranges, other units): the whole is served then. (RFC 9110, 14.2)
 */
export function parseRange(
  header: string | undefined,
  length: number,
): ByteRange | "unsatisfiable" | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") {
    const start = Math.max(0, length - Number(last));
    return start < length ? { start, end: length } : "unsatisfiable";
  }
  if (last !== "" && Number(last) < Number(first)) return undefined;
  const end = last === "" ? length : Math.min(Number(last) + 1, length);
  return Number(first) < length ? { start: Number(first), end } : "unsatisfiable";
}

/** The bytes of a range of the steps' logs put one after the other, committed ones only. */
export async function* readText(
  logs: LogStore,
  steps: readonly StepRow[],
  { start, end }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let base = 0;
  for (const { attemptId, index, storedLength } of steps) {
    const from = Math.max(0, start - base);
    const to = Math.min(storedLength, end - base);
    if (from < to) yield* logs.read(attemptId, index, from, to);
    base += storedLength;
  }
}

export function textLength(steps: readonly StepRow[]): number {
  return steps.reduce((sum, { storedLength }) => sum + storedLength, 0);
}
