import { fits, pickNext, without, type Demand, type Reason } from "@fmg/core";
import { inTransaction, runningOnHost, tellWaiting, type Place, type QueuedAttempt } from "@fmg/db";
import { chooseCores, cutTo, hostRoom, inWords } from "@fmg/runner";
import type { Services } from "../services.ts";
import { queueOf, sharesOf, tellPlaces } from "./line.ts";

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
  // Most of those that are refused find a full host: that costs no look at the line.
  if (!hasRoom(services, demand, running)) return noRoom(services, demand);
  const picked = pickNext(queueOf(services), services.now());
  if (!picked.some((id) => id === attemptId)) return noRoom(services, demand);
  const taken = running.map(({ cpuset }) => cpuset);
  return { host: host.id, cpuset: chooseCores(cores, host.cpus, taken) ?? null };
}

/** The waiting attempts that find room on this host now, in their order; the others are told why they wait, and their places. */
export function admissible(services: Services): readonly QueuedAttempt[] {
  const { db } = services;
  return inTransaction(db, () => {
    const queue = queueOf(services);
    const picked = pickNext(queue, services.now());
    const waiting = new Map(queue.waiting.map((attempt) => [attempt.attemptId, attempt]));
    const chosen = picked.flatMap((attemptId) => waiting.get(attemptId) ?? []);
    for (const attemptId of picked) waiting.delete(attemptId);
    for (const attempt of waiting.values()) tellWaiting(db, attempt.attemptId, noRoom(services, attempt));
    if (waiting.size > 0) tellPlaces(services);
    return chosen;
  });
}

function hasRoom(services: Services, demand: Demand, running: readonly Demand[]): boolean {
  const all = hostRoom(sharesOf(services));
  return fits(cutTo(all, demand), without(all, ...running));
}

function noRoom(services: Services, demand: Demand): Refusal {
  const all = hostRoom(sharesOf(services));
  const [wanted, whole] = [cutTo(all, demand), all].map(inWords);
  return { reason: "at_limit", message: `Waits for room: it takes ${wanted}, and jobs share ${whole} here.` };
}
