const units = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** `20m`, `1.25h`, `5s` and chains such as `1h30m` in milliseconds; undefined for anything else. (R-RUN-2) */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?[smh])+$/.test(text.trim())) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([smh])/g)) {
    total += Number(amount) * units[unit as keyof typeof units];
  }
  return Math.round(total);
}
