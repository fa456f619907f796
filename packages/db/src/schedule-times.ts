import { CronExpressionParser } from "cron-parser";

/** When a schedule is due. */
export interface Timetable {
  /** Five fields. (R-SCH-2) */
  readonly cron: string;
  /** `Europe/Berlin`. */
  readonly timeZone: string;
}

/** So late a slot may still start; what was missed by more is left out. (R-SCH-2) */
export const LATEST_START_MS = 15 * 60_000;
/**
 * Looked at from before an hour that comes twice, a slot in it comes once. Such an hour is one, and the slot may be late.
 */
const LOOK_BACK_MS = 3 * 3_600_000;
const MINUTE_MS = 60_000;

const field = "[0-9A-Za-z*]+(?:[-/,][0-9A-Za-z*]+)*";
const fiveFields = new RegExp(`^${field}(?: ${field}){4}$`);

/** What is wrong with a timetable, in words; undefined when it can be kept. */
export function timetableFault({ cron, timeZone }: Timetable): string | undefined {
  if (!isTimeZone(timeZone)) return `"${timeZone}" is no time zone, such as Europe/Berlin or UTC`;
  // The library knows more than POSIX: seconds, `@daily`, `L` and `H`.
  if (!fiveFields.test(cron) || /(^| )[0-9*,/-]*[hl]( |$)/i.test(cron)) {
    return `"${cron}" is no cron line of five fields: minute, hour, day of the month, month, day of the week`;
  }
  try {
    nextSlots({ cron, timeZone }, Date.now(), 1);
    return undefined;
  } catch (error) {
    return `"${cron}" is no cron line: ${Error.isError(error) ? error.message : String(error)}`;
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    // RangeError: there is no such zone.
    return false;
  }
}

/** The next slots after a moment, in order. */
export function nextSlots({ cron, timeZone }: Timetable, after: number, count: number): number[] {
  const times = CronExpressionParser.parse(cron, { tz: timeZone, currentDate: new Date(after) });
  return Array.from({ length: count }, () => times.next().getTime());
}

/** The newest slot that is due now and not too late to start; those before it that were missed are left out. */
export function dueSlot({ cron, timeZone }: Timetable, now: number): number | undefined {
  const currentDate = new Date(now - LOOK_BACK_MS);
  const times = CronExpressionParser.parse(cron, { tz: timeZone, currentDate });
  let due: number | undefined;
  for (let looked = 0; looked <= LOOK_BACK_MS / MINUTE_MS; looked++) {
    const slot = times.next().getTime();
    if (slot > now) break;
    due = slot;
  }
  return due === undefined || due < now - LATEST_START_MS ? undefined : due;
}
