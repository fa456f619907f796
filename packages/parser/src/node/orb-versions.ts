export type ExactVersion = readonly [major: number, minor: number, patch: number];

/** `7.2.1` as numbers; undefined for a range, a label or anything else. */
export function parseExact(version: string): ExactVersion | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

/**
 * The version that a reference means among those at hand: the exact one, the highest of a range (`7`, `7.2`), the
 * highest of all for `volatile`. A `dev:` label is never part of a range. (R-ORB-2)
 */
export function pickVersion(wanted: string, available: readonly string[]): string | undefined {
  if (wanted.startsWith("dev:")) return available.find((version) => version === wanted);
  const numbers = wanted === "volatile" ? [] : wanted.split(".").map(Number);
  const fitting = available.flatMap((version) => {
    const exact = parseExact(version);
    const fits = exact !== undefined && numbers.every((number, index) => exact[index] === number);
    return fits ? [{ version, exact }] : [];
  });
  return fitting.sort((a, b) => compareVersions(b.exact, a.exact))[0]?.version;
}

function compareVersions(a: ExactVersion, b: ExactVersion): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
