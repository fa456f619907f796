import { randomUUID } from "node:crypto";
import type { Instant } from "@fmg/core";

/** A UUID that sorts by time (version 7), so that new rows stand side by side in its index: random ones cost a page each. */
export function newUuid(now: Instant): string {
  const time = now.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
