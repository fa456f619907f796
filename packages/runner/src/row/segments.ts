import type {
  BuildJobPlan,
  CheckoutStepPlan,
  RunStepPlan,
  SetupRemoteDockerStepPlan,
  StepPlan,
} from "@fmg/core";

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
  | { readonly kind: "checkout"; readonly index: number; readonly step: CheckoutStepPlan }
  | { readonly kind: "remote-docker"; readonly index: number; readonly step: SetupRemoteDockerStepPlan };

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
      result.push(runnerSegment(index, step));
    }
  }
  return result;
}

function runnerSegment(index: number, step: Exclude<StepPlan, RunStepPlan>): Segment {
  if (step.kind === "checkout") return { kind: "checkout", index, step };
  if (step.kind === "setup-remote-docker") return { kind: "remote-docker", index, step };
  // `unsupportedFeatures` refuses the plan before it comes here.
  throw new Error(`step ${index} is of the kind ${step.kind}, which no runner does`);
}
