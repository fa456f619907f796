/** Many byte strings, looked for at once. Each has 2 bytes at least. */
export interface NeedleIndex {
  /** Calls `found` for every occurrence, also those that overlap. */
  eachOccurrence(input: Buffer, found: (start: number, end: number) => void): void;
  /** Where the earliest beginning of a needle stands that the input's end cuts off; the input's length if there is none. */
  firstCutOff(input: Buffer): number;
}

/** Needles that begin alike, as the wrapped forms of one value do: one comparison says whether any of them can stand here. */
interface Group {
  readonly head: Buffer;
  readonly needles: Buffer[];
}

const headLength = 4;

/**
 * Looks at each place in the input once: a table over the first two bytes says where to look closer, which is almost nowhere, and
 * the needles that begin with those are compared. A secret has some hundred forms; searching for one after another would cost
 * as many passes, and an automaton over all of them some megabytes for each job.
 */
export function indexNeedles(needles: readonly Buffer[]): NeedleIndex {
  const groups = new Map<number, Group[]>();
  const isStart = new Uint8Array(65_536);
  const isFirst = new Uint8Array(256);
  let longest = 0;
  for (const needle of needles) {
    const start = startOf(needle, 0);
    isStart[start] = 1;
    isFirst[needle[0]!] = 1;
    longest = Math.max(longest, needle.length);
    const alike = groups.get(start) ?? [];
    groups.set(start, alike);
    const head = needle.subarray(0, headLength);
    const group = alike.find((other) => other.head.equals(head));
    if (group === undefined) alike.push({ head, needles: [needle] });
    else group.needles.push(needle);
  }

  return {
    eachOccurrence(input, found) {
      for (let at = 0; at < input.length - 1; at++) {
        const start = startOf(input, at);
        if (isStart[start] === 0) continue;
        for (const { head, needles: alike } of groups.get(start)!) {
          if (!standsAt(input, at, head)) continue;
          for (const needle of alike) if (standsAt(input, at, needle)) found(at, at + needle.length);
        }
      }
    },
    firstCutOff(input) {
      for (let at = Math.max(0, input.length - longest + 1); at < input.length - 1; at++) {
        const start = startOf(input, at);
        if (isStart[start] === 0) continue;
        const left = input.length - at;
        const isCut = groups
          .get(start)!
          .some((group) =>
            group.needles.some((needle) => needle.length > left && input.compare(needle, 0, left, at) === 0),
          );
        if (isCut) return at;
      }
      return input.length > 0 && isFirst[input.at(-1)!] === 1 ? input.length - 1 : input.length;
    },
  };
}

function startOf(bytes: Buffer, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function standsAt(input: Buffer, at: number, needle: Buffer): boolean {
  const end = at + needle.length;
  return end <= input.length && input.compare(needle, 0, needle.length, at, end) === 0;
}
