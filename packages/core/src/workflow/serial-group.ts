import type { Instant } from "../ids.ts";
import type { JobPlan } from "../plan/pipeline-plan.ts";

/** A job that holds a serial group, or waits for it. */
export interface SerialClaim {
  readonly jobId: number;
  readonly projectId: number;
  readonly pipelineNumber: number;
  /** When its requirements were met; null while they are not. */
  readonly askedAt: Instant | null;
  readonly holds: boolean;
}

/** So long a job waits for its group; then it is canceled. (R-SER-4) */
export const serialWaitMs = 5 * 3_600_000;

/** Whether a job needs a turn before it starts; an unlock gives one back, and needs none. */
export function needsSerialTurn(plan: JobPlan): boolean {
  return plan.kind !== "unlock" && serialGroupOf(plan) !== undefined;
}

/** The group that a job takes its turn in: a lock's key, or its `serial-group`. */
export function serialGroupOf(plan: JobPlan): string | undefined {
  return (plan.kind === "build" ? undefined : plan.lockKey) ?? plan.serialGroup;
}

/** What becomes of a job that asks for its group; `behind` is who comes first. */
export type SerialTurn =
  | { readonly kind: "go" }
  | { readonly kind: "wait"; readonly behind: SerialClaim }
  | { readonly kind: "overtaken"; readonly by: SerialClaim }
  | { readonly kind: "waited-too-long" };

/**
 * Whose turn it is in a serial group: one job at a time in the whole installation, in the order in which they asked
 * (R-SER-2, R-SER-3). A job that asks while a newer pipeline of its project holds the group or waits for it comes too
 * late (R-SER-5). `others` are the other jobs that hold the group or asked for it; `mine` has not asked before when its
 * `askedAt` is null.
 */
export function serialTurn(mine: SerialClaim, others: readonly SerialClaim[], now: Instant): SerialTurn {
  if (mine.askedAt === null) {
    const by = others.find(
      ({ projectId, pipelineNumber }) => projectId === mine.projectId && pipelineNumber > mine.pipelineNumber,
    );
    if (by !== undefined) return { kind: "overtaken", by };
  }
  const askedAt = mine.askedAt ?? now;
  const holder = others.find(({ holds }) => holds);
  const first = holder ?? others.filter((other) => asksBefore(other, { ...mine, askedAt })).sort(byTurn)[0];
  if (first === undefined) return { kind: "go" };
  return now - askedAt >= serialWaitMs ? { kind: "waited-too-long" } : { kind: "wait", behind: first };
}

function asksBefore(other: SerialClaim, mine: SerialClaim): boolean {
  return byTurn(other, mine) < 0;
}

/** Those that have not asked come last. */
function byTurn(a: SerialClaim, b: SerialClaim): number {
  return (a.askedAt ?? Infinity) - (b.askedAt ?? Infinity) || a.jobId - b.jobId;
}
