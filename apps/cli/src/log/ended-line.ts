import { plain } from "../ui.ts";

interface Standing {
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
}

/** `build: FAILURE (step "npm test" ended with exit code 1)` */
export function endedLine(label: string, { status, reason, message }: Standing): string {
  const why = message ?? reason;
  return `${label}: ${status.toUpperCase()}${why === null ? "" : ` (${plain(why)})`}`;
}
