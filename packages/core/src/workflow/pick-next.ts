import type { AttemptId, Instant } from "../ids.ts";

/** What an attempt takes of its host while it runs, or what a host has. */
export interface Demand {
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** An attempt that runs, or may: whose it is, and what it takes. */
export interface Load {
  readonly projectId: number;
  /** Cut to its host: what could never fit would wait for ever, and keep the others waiting. */
  readonly demand: Demand;
}

/** An attempt that may run and waits for its turn. */
export interface WaitingAttempt extends Load {
  readonly attemptId: AttemptId;
  readonly queuedAt: Instant;
  /** Higher ones go first, whosever they are. */
  readonly priority: number;
  /** How much of the host its project is to have beside the others: one of 2 gets twice what one of 1 gets. */
  readonly share: number;
}

/** Everything that the order of a host's attempts is decided by. */
export interface Queue<W extends WaitingAttempt = WaitingAttempt, R extends Load = Load> {
  readonly waiting: readonly W[];
  readonly running: readonly R[];
  /** All that jobs may have of the host together. */
  readonly room: Demand;
}

/** So long smaller attempts may overtake one that finds no room; then the host is emptied for it. */
export const overtakingForMs = 60_000;

/**
 * Which attempts are released next, in order, into what is free. The highest priority goes first; within one, the project
 * that has least of the host for its share, so that nobody's hundred jobs keep out another's one; within a project, the
 * oldest. What finds no room is overtaken by what does, but not for ever.
 */
export function pickNext({ waiting, running, room }: Queue, now: Instant): AttemptId[] {
  const taken = new Map<number, number>();
  const take = ({ projectId, demand }: Load) =>
    taken.set(projectId, (taken.get(projectId) ?? 0) + partOf(room, demand));
  for (const load of running) take(load);

  const lines = linesOf(waiting);
  const picked: AttemptId[] = [];
  let left = without(room, ...running.map(({ demand }) => demand));
  for (let next = takeHead(lines, taken); next !== undefined; next = takeHead(lines, taken)) {
    if (fits(next.demand, left)) {
      picked.push(next.attemptId);
      left = without(left, next.demand);
      take(next);
    } else if (now - next.queuedAt >= overtakingForMs) break;
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

/** Each project's waiting attempts, the next one last. */
function linesOf(waiting: readonly WaitingAttempt[]): WaitingAttempt[][] {
  const lines = [...Map.groupBy(waiting, ({ projectId }) => projectId).values()];
  for (const line of lines) {
    line.sort((a, b) => a.priority - b.priority || b.queuedAt - a.queuedAt || b.attemptId - a.attemptId);
  }
  return lines;
}

function takeHead(
  lines: readonly WaitingAttempt[][],
  taken: ReadonlyMap<number, number>,
): WaitingAttempt | undefined {
  let first: WaitingAttempt[] | undefined;
  for (const line of lines) {
    const [head, best] = [line.at(-1), first?.at(-1)];
    if (head !== undefined && (best === undefined || goesBefore(head, best, taken))) first = line;
  }
  return first?.pop();
}

function goesBefore(one: WaitingAttempt, other: WaitingAttempt, taken: ReadonlyMap<number, number>): boolean {
  const [mine, others] = [one, other].map(({ projectId, share }) => (taken.get(projectId) ?? 0) / share);
  const order =
    other.priority - one.priority ||
    (mine ?? 0) - (others ?? 0) ||
    one.queuedAt - other.queuedAt ||
    one.attemptId - other.attemptId;
  return order < 0;
}

/** The part of a host that a demand takes: of its cores or of its memory, whichever it takes more of. */
function partOf(room: Demand, { cpus, memoryBytes }: Demand): number {
  return Math.max(cpus / room.cpus, memoryBytes / room.memoryBytes);
}

/** Thirds of a core add up to a hair more than the cores. */
const tolerance = 1e-6;

/** Whether a demand finds room in what is free. */
export function fits(demand: Demand, free: Demand): boolean {
  return demand.cpus <= free.cpus + tolerance && demand.memoryBytes <= free.memoryBytes;
}
