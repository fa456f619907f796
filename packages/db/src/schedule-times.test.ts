import { expect, test } from "@jest/globals";

import { dueSlot } from "./schedule-times.ts";

const MINUTE = 60_000;

/** Every slot that a process sees which looks each minute between the two times. */
function slotsSeen(cron: string, timeZone: string, from: string, to: string): string[] {
  const seen = new Set<number>();
  for (let now = Date.parse(from); now <= Date.parse(to); now += MINUTE) {
    const slot = dueSlot({ cron, timeZone }, now);
    if (slot !== undefined) seen.add(slot);
  }
  return Array.from(seen, (slot) => new Date(slot).toISOString().slice(5, 16));
}

test.each([
  [
    "a time that there is not comes once, an hour later",
    "30 2 * * *",
    "2024-03-30T12:00:00Z",
    "2024-04-01T02:00:00Z",
    ["03-31T01:30", "04-01T00:30"],
  ],
  [
    "a time that there is twice comes once",
    "30 2 * * *",
    "2024-10-26T12:00:00Z",
    "2024-10-28T04:00:00Z",
    ["10-27T00:30", "10-28T01:30"],
  ],
  [
    "every hour is every hour",
    "0 * * * *",
    "2024-10-26T23:30:00Z",
    "2024-10-27T03:10:00Z",
    ["10-27T00:00", "10-27T01:00", "10-27T02:00", "10-27T03:00"],
  ],
])("in a night when clocks change %s (REL-15)", (_, cron, from, to, expected) => {
  // The first look may see a slot of the quarter of an hour before it.
  expect(slotsSeen(cron, "Europe/Berlin", from, to).filter((slot) => slot >= from.slice(5, 16))).toEqual(
    expected,
  );
});

test("a slot starts up to 15 minutes late, and not before its time (R-SCH-2)", () => {
  const noon = Date.parse("2024-06-01T12:00:00Z");
  const due = (after: number) => dueSlot({ cron: "0 12 * * *", timeZone: "UTC" }, noon + after);
  expect([due(-1), due(0), due(15 * MINUTE), due(15 * MINUTE + 1)]).toEqual([
    undefined,
    noon,
    noon,
    undefined,
  ]);
});
