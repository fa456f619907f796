import type { JobEvent, ReportEvent, StepHeader } from "@fmg/core";

import type { ContainerUsage } from "./engine/container-engine.ts";

/** Samples what an attempt uses, beside it: nothing of the attempt ever waits for a sample but its very last one. */
export interface UsageSampler {
  /** Passes the attempt's events on, and learns from them which step runs. */
  readonly report: ReportEvent;
  /** Takes no further sample; waits for one that is under way, but not long. */
  close(): Promise<void>;
}

/** A long job is sampled more rarely, so that its samples stay few: five hours make 1,900. */
const everyMs = { atFirst: 2_000, later: 10_000 };
const atFirstForMs = 120_000;
/** The daemon answers within milliseconds, but not twice within a second. */
const leastGapMs = 1_100;
const lastSampleWithinMs = 25;

/**
 * Samples at an interval, and when a step ends. `measure` answers undefined while there is nothing to measure; what it throws
 * is no more than a missing sample.
 */
export function openUsageSampler(
  headers: readonly StepHeader[],
  report: ReportEvent,
  measure: () => Promise<ContainerUsage | undefined>,
): UsageSampler {
  const openedAt = performance.now();
  let step = 0;
  let takenAt = -Infinity;
  let underWay: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const take = (): void => {
    if (isClosed || underWay !== undefined || performance.now() - takenAt < leastGapMs) return;
    takenAt = performance.now();
    const sampled = step;
    underWay = measure()
      .then((usage) => {
        if (usage !== undefined) return report({ kind: "usage", step: sampled, at: Date.now(), ...usage });
      })
      // The container is gone, the daemon restarts, or the reporter broke: the attempt finds that out by itself.
      .catch(() => undefined)
      .finally(() => (underWay = undefined));
  };
  const tick = (): void => {
    const ms = performance.now() - openedAt < atFirstForMs ? everyMs.atFirst : everyMs.later;
    timer = setTimeout(() => {
      take();
      tick();
    }, ms);
  };
  tick();

  const learn = (event: JobEvent): void => {
    if (event.kind === "step-started" && headers[event.step]?.background !== true) step = event.step;
    // The set-up uses nothing of the container.
    if (event.kind === "step-finished" && event.step > 0 && event.outcome.status !== "skipped") take();
  };

  return {
    async report(event) {
      learn(event);
      await report(event);
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      if (underWay === undefined) return;
      let late: NodeJS.Timeout | undefined;
      const soon = new Promise<void>((resolve) => (late = setTimeout(resolve, lastSampleWithinMs)));
      await Promise.race([underWay, soon]);
      clearTimeout(late);
    },
  };
}
