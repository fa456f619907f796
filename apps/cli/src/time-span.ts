import { CliError } from "./errors.ts";

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `10m`, `2h` or `7d` in milliseconds, at most `longestMs`; throws CliError `usage` with the example. */
export function readTimeSpan(text: string, longestMs: number, example: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * units[(unit ?? "s") as keyof typeof units];
  if (ms > 0 && ms <= longestMs) return ms;
  throw new CliError("usage", `"${text}" is no time`, [`As in:  ${example}`]);
}
