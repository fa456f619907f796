import type { JobOutcome, ReportEvent } from "@fmg/core";

import { openAttempt, type Attempt } from "./attempt.ts";
import { openBackground, type Background } from "./background.ts";
import { serveContinuation } from "./continuation/serve-continuation.ts";
import { endInError, leaveOutTheRest, outcomeOfSteps } from "./end-attempt.ts";
import type { ContainerEngine } from "./engine/container-engine.ts";
import type { JobControl, RunJobInput } from "./job-input.ts";
import { followRow } from "./row/follow-row.ts";
import { segments, type Segment } from "./row/segments.ts";
import { openServices, type Services } from "./service-containers/open-services.ts";
import { measureAttempt } from "./own-resources.ts";
import { setUp } from "./set-up.ts";
import { stepHeaders } from "./step-headers.ts";
import { performStep } from "./steps/own-step.ts";
import { ownStep } from "./steps/own-steps.ts";
import { openUsageSampler } from "./usage-sampler.ts";

/**
 * Carries out an attempt, or goes on with one; tells every change to `report`, in order per step and with back-pressure.
 * Resolves with the outcome once all is reported, or with `handed-over` within a second of that signal. Rejects only when
 * `report` does (the container is then left alone, for whoever owns the attempt) or on a bug. Removing the container is the
 * caller's, once the outcome is stored: `removeAttempt`.
 */
export async function runJob(
  engine: ContainerEngine,
  input: RunJobInput,
  report: ReportEvent,
  control: JobControl,
): Promise<JobOutcome | "handed-over"> {
  const usage = openUsageSampler(stepHeaders(input.plan), report, () => measureAttempt(engine, input));
  const attempt = openAttempt(engine, input, usage.report, control);
  const background = openBackground(attempt);
  const services = openServices(attempt);
  const continuation = serveContinuation(attempt);
  try {
    await setUp(attempt, services, continuation);
    await carryOut(attempt, background, services);
    await leaveOutTheRest(attempt);
    return attempt.stopped() ?? outcomeOfSteps(attempt);
  } catch (thrown) {
    await Promise.all([background.abandon(), services.abandon()]);
    const failure = attempt.journal.failure();
    if (failure !== undefined) throw failure.cause;
    if (control.handOver.aborted) return "handed-over";
    return await endInError(attempt, thrown);
  } finally {
    await continuation.close();
    attempt.close();
    await usage.close();
  }
}

async function carryOut(attempt: Attempt, background: Background, services: Services): Promise<void> {
  background.resume();
  for (const segment of segments(attempt.input.plan)) {
    if (attempt.stopped() !== undefined && !isUnderWay(attempt, segment)) continue;
    switch (segment.kind) {
      case "row":
        await followRow(attempt, segment.steps, background);
        break;
      case "own":
        await performStep(attempt, segment.index, segment.step, ownStep(segment.index, segment.step));
        break;
    }
  }
  await background.end();
  await services.end();
}

/** After a stop only what a predecessor left running is gone into: to end it. */
function isUnderWay({ journal }: Attempt, segment: Segment): boolean {
  const indexes = segment.kind === "row" ? segment.steps.map(({ index }) => index) : [segment.index];
  return indexes.some((index) => journal.status(index) === "running" && !journal.headers[index]!.background);
}
