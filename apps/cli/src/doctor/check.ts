import type { Finding } from "@fmg/client";

/** One thing that was looked at: how it stands, and where it is wrong why, and what to do. */
export interface Check {
  readonly area: "machine" | "config" | Finding["area"];
  readonly state: "ok" | "wrong" | "mended";
  readonly what: string;
  readonly cause?: string;
  readonly next?: string;
}
