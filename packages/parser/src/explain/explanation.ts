import type { SourceRange } from "@fmg/core";

/** How a job of a compiled config came to be, or why it does not run. Plain data. */
export interface Explanation {
  readonly workflow: string;
  /** The job's final name. */
  readonly job: string;
  /** Where the workflow invokes it. */
  readonly range: SourceRange;
  /** Set when the job does not run: the filter or condition, and the values that decided. */
  readonly leftOut?: ConditionTrail;
  /** The job's definition and what its parameters were bound to; absent for an approval. */
  readonly definition?: CallTrail;
  /** The keys of the job as it runs, each with its place: in the job or in its executor. */
  readonly keys: readonly { readonly name: string; readonly range: SourceRange }[];
  readonly steps: readonly StepTrail[];
  /** Steps of the job that a `when` or an `unless` leaves out. */
  readonly leftOutSteps: readonly ConditionTrail[];
}

/** A job or command, where it is defined and called, and its arguments. */
export interface CallTrail {
  readonly kind: "job" | "command";
  readonly name: string;
  /** The orb that it is from: its alias, or its exact reference. */
  readonly orb?: string;
  readonly definition: SourceRange;
  readonly calledAt: SourceRange;
  readonly arguments: readonly ArgumentTrail[];
}

/** A parameter's value and the places that it came from, the nearest first. */
export interface ArgumentTrail {
  readonly name: string;
  /** Texts in quotes: `"22"`. */
  readonly value: string;
  readonly from: "argument" | "default";
  readonly range: SourceRange;
  readonly via: readonly { readonly message: string; readonly range: SourceRange }[];
}

/** A step of the job, and the commands that it came by, outermost first. */
export interface StepTrail {
  /** From 1, over the steps of the compiled job. */
  readonly number: number;
  readonly type: string;
  readonly name: string;
  readonly range: SourceRange;
  readonly calls: readonly CallTrail[];
  /** Values of the step that came from elsewhere: a parameter, an anchor. */
  readonly values: readonly ArgumentTrail["via"][number][];
}

/** A filter or condition that leaves something out, and the values of the names in it. */
export interface ConditionTrail {
  readonly message: string;
  readonly rule?: string;
  readonly range: SourceRange;
  readonly values: readonly NamedValue[];
}

export interface NamedValue {
  /** As in an expression: `pipeline.git.branch`. */
  readonly name: string;
  readonly value: string;
  /** Where the value stands; absent for a value of the pipeline itself. */
  readonly range?: SourceRange;
}
