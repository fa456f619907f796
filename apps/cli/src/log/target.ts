import type { Attempt, Job, Pipeline } from "@fmg/client";

/** Whose log is meant: a job's, or that of one node of a job with parallelism. */
export interface Target {
  readonly pipeline: Pipeline;
  readonly job: Job;
  /** The job's name, with its workflow where that is needed to tell it apart. */
  readonly label: string;
  readonly node?: number;
}

/** The newest attempt of the target, or undefined before there is one. */
export function attemptOf({ job, node }: Target): Attempt | undefined {
  return node === undefined ? job.attempts[0] : job.attempts.find(({ nodeIndex }) => nodeIndex === node);
}

/** `--- Log for pipeline 5, job "build" ---` */
export function header({ pipeline, label, node }: Target): string {
  const which = node === undefined ? "" : `, node ${node}`;
  return `--- Log for pipeline ${pipeline.id}, job "${label}"${which} ---`;
}
