import type { Schedule } from "@fmg/client";

import { plain } from "../../ui.ts";

/** Number, name, cron line, time zone, branch or tag, and the next time. */
export function scheduleFields({ id, name, cron, timeZone, branch, tag, nextTimes }: Schedule): string[] {
  const what = [name, cron, timeZone, branch ?? tag ?? ""].map(plain);
  return [String(id), ...what, nextTimes[0] ?? ""];
}

/** `3: nightly "30 2 * * *" Europe/Berlin on main (next …)` */
export function scheduleLine({ id, name, cron, timeZone, branch, tag, nextTimes }: Schedule): string {
  const next = nextTimes.map((time) => `${time.slice(0, 16)}Z`).join(", ");
  return `${id}: ${plain(name)} "${plain(cron)}" ${plain(timeZone)} on ${plain(branch ?? tag ?? "?")} (next ${next})`;
}
