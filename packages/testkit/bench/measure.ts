/** One measured way of doing something; `run` resolves to milliseconds, by default those that it took. */
export interface Variant {
  readonly name: string;
  readonly run: () => Promise<number | void>;
}

/** Runs the variants in turn (A B A B …) after one unmeasured round; returns each one's median in milliseconds. */
export async function mediansInTurn(
  variants: readonly Variant[],
  rounds: number,
): Promise<Map<string, number>> {
  const times = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, run } of variants) {
      const began = performance.now();
      const own = await run();
      if (round > 0) times.get(name)!.push(own ?? performance.now() - began);
    }
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]));
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value that the given share of all does not exceed: 0.99 for the p99. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** A goal of the performance document: a ratio to a floor that was measured in the same run. */
export interface Finding {
  readonly goal: string;
  readonly what: string;
  readonly measured: number;
  readonly floor: number;
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One line: the ratio, its goal, and the two figures that it is made of. */
export function formatFinding(finding: Finding): string {
  const ratio = finding.measured / finding.floor;
  const met =
    (finding.atMost === undefined || ratio <= finding.atMost) &&
    (finding.atLeast === undefined || ratio >= finding.atLeast);
  const limit = finding.atMost === undefined ? `≥ ${finding.atLeast}` : `≤ ${finding.atMost}`;
  const figures = `${finding.measured.toFixed(1)} / ${finding.floor.toFixed(1)} ${finding.unit}`;
  return `${finding.goal}  ${finding.what}: ${ratio.toFixed(2)} × the floor (goal ${limit}: ${met ? "met" : "missed"}; ${figures})`;
}
