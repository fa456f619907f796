import { cancelRequested, releaseLeases, renewLeases } from "@fmg/db";
import type { Services } from "../services.ts";

/** How long another host's lease is waited out; a dead owner of our own host is seen at once. */
export const LEASE_TTL_MS = 30_000;
const RENEW_EVERY_MS = 5000;

/** The hold on one running attempt: what may end our work on it before it ends by itself. */
export interface Hold {
  /** Aborted when the process hands over, or when the lease turns out to be another's. */
  readonly handOver: AbortSignal;
  /** Aborted when somebody wishes the attempt canceled. */
  readonly cancel: AbortSignal;
  /** Another owner has the attempt: stop, and leave everything to it. */
  readonly markStale: () => void;
  readonly isStale: () => boolean;
  readonly release: () => void;
}

/** The leases of the attempts that this process carries out: renewed together, and looked at for wishes to cancel. */
export interface Leases {
  hold(attemptId: number): Hold;
  has(attemptId: number): boolean;
  /** Waits until fewer attempts are held than may be; false when the process hands over instead. */
  room(): Promise<boolean>;
  /** Looks at once whether a held attempt is wished canceled (a live message said so). */
  checkCancel(): void;
  /** Asks every holder to hand over, and gives nobody room any more. */
  handOverAll(): void;
  /** How many attempts are held. */
  size(): number;
  /** Gives the leases up, so that a successor takes them at once. */
  close(): void;
}

interface Held {
  readonly handOver: AbortController;
  readonly cancel: AbortController;
  stale: boolean;
}

export function createLeases(services: Pick<Services, "db" | "owner" | "now" | "log" | "settings">): Leases {
  const held = new Map<number, Held>();
  const waiting: (() => void)[] = [];
  let closing = false;

  const checkCancel = () => {
    for (const attemptId of cancelRequested(services.db, [...held.keys()]))
      held.get(attemptId)?.cancel.abort();
  };
  const markStale = (attemptId: number) => {
    const mine = held.get(attemptId);
    if (mine === undefined || mine.stale) return;
    mine.stale = true;
    services.log.warn({ attemptId }, "the attempt has another owner now; it is left to it");
    mine.handOver.abort();
  };
  const renew = () => {
    const ids = [...held.keys()];
    if (ids.length === 0) return;
    const ours = new Set(renewLeases(services.db, services.owner, ids, services.now(), LEASE_TTL_MS));
    for (const id of ids) if (!ours.has(id)) markStale(id);
    checkCancel();
  };
  const timer = setInterval(() => {
    try {
      renew();
    } catch (error) {
      services.log.error({ err: error }, "leases could not be renewed");
    }
  }, RENEW_EVERY_MS);

  return {
    hold(attemptId) {
      const mine: Held = { handOver: new AbortController(), cancel: new AbortController(), stale: false };
      held.set(attemptId, mine);
      return {
        handOver: mine.handOver.signal,
        cancel: mine.cancel.signal,
        markStale: () => markStale(attemptId),
        isStale: () => mine.stale,
        release: () => {
          held.delete(attemptId);
          waiting.shift()?.();
        },
      };
    },
    async room() {
      while (!closing && held.size >= services.settings.concurrency) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      return !closing;
    },
    has: (attemptId) => held.has(attemptId),
    checkCancel,
    handOverAll() {
      closing = true;
      for (const wake of waiting.splice(0)) wake();
      for (const mine of held.values()) mine.handOver.abort();
    },
    size: () => held.size,
    close() {
      clearInterval(timer);
      releaseLeases(services.db, services.owner);
    },
  };
}
