import type { JobOutcome, ReportEvent } from "@fmg/core";

import type { ContainerEngine } from "./engine/container-engine.ts";
import type { JobControl, RunJobInput } from "./job-input.ts";

/**
 * Carries out an attempt, or goes on with one; tells every change to `report`, in order per step and with back-pressure.
 * Resolves with the outcome once all is reported, or with `handed-over` within a second of that signal. Rejects only when
 * `report` does (the container is then left alone, for whoever owns the attempt). Removal is the caller's: `removeAttempt`.
 */
export async function runJob(
  engine: ContainerEngine,
  input: RunJobInput,
  report: ReportEvent,
  control: JobControl,
): Promise<JobOutcome | "handed-over"> {
  await report({ kind: "step-started", step: 0, at: Date.now() });
  control.handOver.throwIfAborted();
  await engine.createVolume(input.instance, {}, control.cancel);
  return "handed-over";
}
