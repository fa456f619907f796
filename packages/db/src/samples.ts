import type { Instant } from "@fmg/core";
import { asc, eq, sql } from "./drizzle.ts";
import type { Db } from "./open-db.ts";
import { samples } from "./schema.ts";
import { prepared, statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";

/** What an attempt used at one moment. */
export interface Sample {
  /** The step that ran then. */
  readonly step: number;
  readonly at: Instant;
  /** Processor time since the container's start. */
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/** What a step used, as far as samples tell. */
export interface StepUsage {
  readonly step: number;
  readonly cpuMs: number;
  readonly peakMemoryBytes: number;
}

const insert = statement(
  `insert into samples (attempt_id, at, step, cpu_ms, memory_bytes)
   select :attemptId, :at, :step, :cpuMs, :memoryBytes from attempts where id = :attemptId and epoch = :epoch
   on conflict do nothing`,
);

/** Stores samples; those of an owner who lost the attempt are left out. */
export function addSamples(
  db: Db,
  taken: readonly (Sample & { readonly attemptId: number; readonly epoch: number })[],
): void {
  if (taken.length === 0) return;
  inTransaction(db, () => {
    for (const sample of taken) insert(db).run(sample);
  });
}

/** Five hours make fewer than half of it. */
const MOST_SAMPLES = 5000;

const ofAttempt = prepared((orm) =>
  orm
    .select({
      step: samples.step,
      at: samples.at,
      cpuMs: samples.cpuMs,
      memoryBytes: samples.memoryBytes,
    })
    .from(samples)
    .where(eq(samples.attemptId, sql.placeholder("attemptId")))
    .orderBy(asc(samples.at))
    .limit(MOST_SAMPLES)
    .prepare(),
);

/** The samples of an attempt, oldest first. */
export function listSamples(db: Db, attemptId: number): Sample[] {
  return ofAttempt(db).all({ attemptId });
}

/** Sums samples up by step: the time since the sample before counts for the step that the later one saw. */
export function usageBySteps(taken: readonly Sample[]): StepUsage[] {
  const byStep = new Map<number, StepUsage>();
  let before = 0;
  for (const { step, cpuMs, memoryBytes } of taken) {
    const known = byStep.get(step);
    byStep.set(step, {
      step,
      cpuMs: (known?.cpuMs ?? 0) + Math.max(0, cpuMs - before),
      peakMemoryBytes: Math.max(known?.peakMemoryBytes ?? 0, memoryBytes),
    });
    before = cpuMs;
  }
  return [...byStep.values()].sort((a, b) => a.step - b.step);
}
