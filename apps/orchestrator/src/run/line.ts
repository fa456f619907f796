import { forecast, type Ending, type Load, type Queue, type WaitingAttempt } from "@fmg/core";
import {
  putQueuePlaces,
  queuedAttempts,
  runningOnHost,
  takeNamedLease,
  usualDuration,
  type AttemptOnHost,
  type QueuedAttempt,
} from "@fmg/db";
import type { Services } from "../services.ts";
import { cutTo, hostRoom } from "@fmg/runner";

/** So many waiting attempts are looked at, some of each branch; the others wait for one of them to end. */
const LOOK_AHEAD = 200;

/** Places are worked out at most so often: with a long line and short jobs it would be all that is done. */
const PLACES_EVERY_MS = 1000;

/** What the line of this orchestrator's host is decided by: what waits, what runs there, and the operator's rules. */
export function queueOf(services: Services): Queue<WaitingAttempt & QueuedAttempt, Load & AttemptOnHost> {
  const { db, host, settings } = services;
  const room = hostRoom(sharesOf(services));
  const { shareOf, priorityOf } = settings.queueRules;
  return {
    room,
    running: runningOnHost(db, host.id).map((attempt) => ({ ...attempt, demand: attempt })),
    waiting: queuedAttempts(db, LOOK_AHEAD).map((attempt) => ({
      ...attempt,
      demand: cutTo(room, attempt),
      share: shareOf(attempt.repository),
      priority: priorityOf(attempt.repository, attempt.ref),
    })),
  };
}

/**
 * Works out where each waiting attempt stands and when it will start, and notes it for whoever asks. What is passed over
 * because it was done just now comes with the next end of an attempt, or with the next reconcile.
 */
export function tellPlaces(services: Services): void {
  const { db } = services;
  const at = services.now();
  // A turn that nobody prolongs: each time has an owner of its own.
  if (!takeNamedLease(db, "queue-places", `at ${at}`, at, PLACES_EVERY_MS)) return;
  const known = new Map<string, number | undefined>();
  const usual = (job: { projectId: number; jobName: string }): number | undefined => {
    const key = `${job.projectId} ${job.jobName}`;
    if (!known.has(key)) known.set(key, usualDuration(db, job));
    return known.get(key);
  };
  const { waiting, running, room } = queueOf(services);
  const ending = running.map((attempt): Ending => {
    const expectedMs = usual(attempt);
    return { ...attempt, endsAt: expectedMs === undefined ? undefined : attempt.startedAt + expectedMs };
  });
  const expected = waiting.map((attempt) => ({ ...attempt, expectedMs: usual(attempt) }));
  putQueuePlaces(db, forecast({ waiting: expected, running: ending, room }, at));
}

/** How this orchestrator's host is shared out among jobs. */
export function sharesOf({ host, settings }: Pick<Services, "host" | "settings">) {
  return { host, concurrency: settings.concurrency, cpuOvercommit: settings.cpuOvercommit };
}
