import type { Labels } from "./engine/container-engine.ts";
import type { RunJobInput } from "./job-input.ts";

/** The names and labels of an attempt in Docker: functions of the instance and the ids, so that a successor finds them. */
export function resourceName(instance: string, attemptId: number): string {
  return `fmg-${instance}-a${attemptId}`;
}

/** Of the attempt's service container of that number, from 1. */
export function serviceName(instance: string, attemptId: number, number: number): string {
  return `${resourceName(instance, attemptId)}-s${number}`;
}

export const labels = {
  instance: "fmg.instance",
  job: "fmg.job",
  attempt: "fmg.attempt",
  epoch: "fmg.epoch",
  role: "fmg.role",
  /** Which step program a job's container has. */
  stepProgram: "fmg.step-program",
} as const;

/** What everything of an attempt in Docker is labelled with. */
export function attemptLabels(
  input: Pick<RunJobInput, "instance" | "jobId" | "attemptId" | "epoch">,
  role: "job" | "service",
): Labels {
  return {
    [labels.instance]: input.instance,
    [labels.job]: String(input.jobId),
    [labels.attempt]: String(input.attemptId),
    [labels.epoch]: String(input.epoch),
    [labels.role]: role,
  };
}

/** The one network of all job containers on a host; no instance owns it. */
export const jobNetwork = "fmg-jobs";
