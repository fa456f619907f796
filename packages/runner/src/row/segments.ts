import type { BuildJobPlan, OwnStepPlan, RunStepPlan } from "@fmg/core";

import { stepId } from "./step-id.ts";

/** A `run` step within its row. */
export interface RowStep {
  readonly index: number;
  readonly id: string;
  readonly step: RunStepPlan;
}

/** A stretch of steps: neighbouring `run` steps make one row, carried out by one exec; the runner itself does the others. */
export type Segment =
  | { readonly kind: "row"; readonly steps: readonly RowStep[] }
  | { readonly kind: "own"; readonly index: number; readonly step: OwnStepPlan };

export function segments(job: BuildJobPlan): readonly Segment[] {
  const result: Segment[] = [];
  let row: RowStep[] = [];
  for (const [position, step] of job.steps.entries()) {
    const index = position + 1;
    if (step.kind === "run") {
      if (row.length === 0) result.push({ kind: "row", steps: row });
      row.push({ index, id: stepId(index), step });
    } else {
      row = [];
      result.push({ kind: "own", index, step });
    }
  }
  return result;
}
