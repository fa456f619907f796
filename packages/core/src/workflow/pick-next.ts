import type { AttemptId, Instant } from "../ids.ts";

/** What an attempt takes of its host while it runs, or what a host has left. */
export interface Demand {
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** An attempt that may run and waits for its turn. */
export interface WaitingAttempt {
  readonly attemptId: AttemptId;
  readonly queuedAt: Instant;
  /** Cut to its host: what could never fit would wait for ever, and keep the others waiting. */
  readonly demand: Demand;
}

/** So long smaller attempts may overtake one that finds no room; then the host is emptied for it. */
export const overtakingForMs = 60_000;

/** Which attempts are released next, in order, into what is free: the oldest first, each that still fits. */
export function pickNext(waiting: readonly WaitingAttempt[], free: Demand, now: Instant): AttemptId[] {
  const oldestFirst = [...waiting].sort((a, b) => a.queuedAt - b.queuedAt || a.attemptId - b.attemptId);
  const picked: AttemptId[] = [];
  let left = free;
  for (const { attemptId, queuedAt, demand } of oldestFirst) {
    if (fits(demand, left)) {
      picked.push(attemptId);
      left = without(left, demand);
    } else if (now - queuedAt >= overtakingForMs) break;
  }
  return picked;
}

/** What is left of `all` beside `taken`. */
export function without(all: Demand, ...taken: readonly Demand[]): Demand {
  return {
    cpus: taken.reduce((left, { cpus }) => left - cpus, all.cpus),
    memoryBytes: taken.reduce((left, { memoryBytes }) => left - memoryBytes, all.memoryBytes),
  };
}

/** Thirds of a core add up to a hair more than the cores. */
const tolerance = 1e-6;

function fits(demand: Demand, free: Demand): boolean {
  return demand.cpus <= free.cpus + tolerance && demand.memoryBytes <= free.memoryBytes;
}
