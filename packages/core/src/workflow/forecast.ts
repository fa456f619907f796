import type { AttemptId, Instant } from "../ids.ts";
import { pickNext, type Load, type Queue, type WaitingAttempt } from "./pick-next.ts";

/** A waiting attempt, and how long it will take by what it took before; undefined when it never ran. */
export interface Expected extends WaitingAttempt {
  readonly expectedMs: number | undefined;
}

/** A running attempt, and when it will end; undefined when nothing is known of its like. */
export interface Ending extends Load {
  readonly endsAt: Instant | undefined;
}

/** Where a waiting attempt stands in the line. */
export interface QueuePlace {
  readonly attemptId: AttemptId;
  /** 1 is the next one. */
  readonly place: number;
  /** Undefined when it waits for something of which nobody knows how long it takes. */
  readonly startsAt: Instant | undefined;
}

/**
 * The places of all who wait, and when each will start: `pickNext` asked again at the end of each attempt, as it will be
 * when they really end.
 */
export function forecast(queue: Queue<Expected, Ending>, now: Instant): QueuePlace[] {
  const places: QueuePlace[] = [];
  const waiting = new Map(queue.waiting.map((attempt) => [attempt.attemptId, attempt]));
  let running = queue.running;
  let at: Instant | undefined = now;
  while (waiting.size > 0 && at !== undefined) {
    for (const attemptId of pickNext({ ...queue, waiting: [...waiting.values()], running }, at)) {
      places.push({ attemptId, place: places.length + 1, startsAt: at });
      running = [...running, started(waiting.get(attemptId), at)];
      waiting.delete(attemptId);
    }
    const next = nextEnd(running);
    if (next !== undefined) running = running.filter(({ endsAt }) => endsAt === undefined || endsAt > next);
    at = next === undefined ? undefined : Math.max(next, at);
  }
  for (const attemptId of inOrder({ ...queue, waiting: [...waiting.values()], running }, now)) {
    places.push({ attemptId, place: places.length + 1, startsAt: undefined });
  }
  return places;
}

function started(attempt: Expected | undefined, at: Instant): Ending {
  if (attempt === undefined) throw new Error("an attempt was picked that does not wait");
  const { projectId, demand, expectedMs } = attempt;
  return { projectId, demand, endsAt: expectedMs === undefined ? undefined : at + expectedMs };
}

function nextEnd(running: readonly Ending[]): Instant | undefined {
  const ends = running.flatMap(({ endsAt }) => endsAt ?? []);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** The order in which attempts would be released if room came without end; shares of the host are compared as before. */
function inOrder(queue: Queue, now: Instant): AttemptId[] {
  const { cpus, memoryBytes } = queue.room;
  return pickNext({ ...queue, room: { cpus: cpus * 1e9, memoryBytes: memoryBytes * 1e9 } }, now);
}
