/** The names and labels of an attempt in Docker: functions of the instance and the ids, so that a successor finds them. */
export function resourceName(instance: string, attemptId: number): string {
  return `fmg-${instance}-a${attemptId}`;
}

export const labels = {
  instance: "fmg.instance",
  job: "fmg.job",
  attempt: "fmg.attempt",
  epoch: "fmg.epoch",
  role: "fmg.role",
} as const;

/** The one network of all job containers on a host; no instance owns it. */
export const jobNetwork = "fmg-jobs";
