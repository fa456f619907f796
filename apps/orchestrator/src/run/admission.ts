import { pickNext, without, type Demand, type Reason } from "@fmg/core";
import {
  inTransaction,
  queuedAttempts,
  runningOnHost,
  tellWaiting,
  type Place,
  type QueuedAttempt,
} from "@fmg/db";
import type { Services } from "../services.ts";
import { chooseCores, cutTo, hostRoom, inWords } from "./resource-classes.ts";

/** So many of the oldest waiting attempts are looked at; the younger ones wait for one of them to end. */
const LOOK_AHEAD = 200;

/** Why an attempt goes on waiting. */
export interface Refusal {
  readonly reason: Reason;
  readonly message: string;
}

/**
 * Whether a queued attempt may start now on this orchestrator's Docker host, and where there. What runs is read from the
 * database, so orchestrators that share a host count together; call it in the transaction that claims the attempt.
 * `cores` is what its container may use, which is more than it is counted with where it names no class.
 */
export function admit(
  services: Services,
  attemptId: number,
  { demand, cores }: { demand: Demand; cores: number },
): Place | Refusal {
  const { db, host } = services;
  const running = runningOnHost(db, host.id);
  if (!picks(services, running).has(attemptId)) return noRoom(services, demand);
  const taken = running.map(({ cpuset }) => cpuset);
  return { host: host.id, cpuset: chooseCores(cores, host.cpus, taken) ?? null };
}

/** The waiting attempts that find room on this host now, oldest first; the others are told why they wait. */
export function admissible(services: Services): readonly QueuedAttempt[] {
  const { db } = services;
  return inTransaction(db, () => {
    const chosen = picks(services, runningOnHost(db, services.host.id));
    const waiting = queuedAttempts(db, LOOK_AHEAD);
    for (const attempt of waiting) {
      if (!chosen.has(attempt.attemptId)) tellWaiting(db, attempt.attemptId, noRoom(services, attempt));
    }
    return waiting.filter(({ attemptId }) => chosen.has(attemptId));
  });
}

function picks(services: Services, running: readonly Demand[]): ReadonlySet<number> {
  const all = hostRoom(sharesOf(services));
  const waiting = queuedAttempts(services.db, LOOK_AHEAD).map(({ attemptId, queuedAt, ...demand }) => ({
    attemptId,
    queuedAt,
    demand: cutTo(all, demand),
  }));
  return new Set<number>(pickNext(waiting, without(all, ...running), services.now()));
}

function noRoom(services: Services, demand: Demand): Refusal {
  const all = hostRoom(sharesOf(services));
  const [wanted, whole] = [cutTo(all, demand), all].map(inWords);
  return { reason: "at_limit", message: `Waits for room: it takes ${wanted}, and jobs share ${whole} here.` };
}

/** How this orchestrator's host is shared out among jobs. */
export function sharesOf({ host, settings }: Pick<Services, "host" | "settings">) {
  return { host, concurrency: settings.concurrency, cpuOvercommit: settings.cpuOvercommit };
}
