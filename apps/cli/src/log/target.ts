import type { Attempt, Job, Pipeline } from "@fmg/client";

/** Whose log is meant: a job's, or that of one node of a job with parallelism, or of an earlier attempt. */
export interface Target {
  readonly pipeline: Pipeline;
  readonly job: Job;
  /** The job's name, with its workflow where that is needed to tell it apart. */
  readonly label: string;
  readonly node?: number;
  /** The one that was named, or that of the node; else it is the job's newest, which may be still to come. */
  readonly attempt?: Attempt;
  /** An earlier attempt's number, for the header. */
  readonly attemptNumber?: number | undefined;
}

/** The attempt of the target, or undefined before there is one. */
export function attemptOf({ job, attempt }: Target): Attempt | undefined {
  return attempt ?? job.attempts[0];
}

/** `--- Log for pipeline 5, job "build" ---` */
export function header({ pipeline, label, node, attemptNumber }: Target): string {
  const attempt = attemptNumber === undefined ? "" : `, attempt ${attemptNumber}`;
  const which = `${attempt}${node === undefined ? "" : `, node ${node}`}`;
  return `--- Log for pipeline ${pipeline.id}, job "${label}"${which} ---`;
}
