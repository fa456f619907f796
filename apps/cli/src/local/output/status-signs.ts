import type { Status } from "@fmg/core";

/** A status as one character, beside its word. */
export function signOf(status: Status): string {
  switch (status) {
    case "success":
      return "✓";
    case "failure":
    case "error":
      return "✗";
    case "canceled":
    case "skipped":
      return "⊘";
    case "on_hold":
      return "⏸";
    case "running":
      return "●";
    case "pending":
    case "blocked":
    case "queued":
      return "○";
  }
}

const red = 31;
const colors: Readonly<Record<string, number>> = {
  success: 32,
  failure: red,
  error: red,
  canceled: 33,
  skipped: 90,
};

/** The colour of a status on a terminal, as SGR has it. */
export function statusColor(status: string): number {
  return colors[status] ?? 0;
}
