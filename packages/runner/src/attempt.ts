import type { EnvironmentPlan, JobOutcome, ReportEvent, Secret } from "@fmg/core";

import { keyVariables, trustVariables } from "./continuation/continuation.ts";
import type { ContainerEngine } from "./engine/container-engine.ts";
import { formatDuration } from "./format-duration.ts";
import type { JobControl, RunJobInput } from "./job-input.ts";
import { openJournal, type Journal } from "./journal.ts";
import { resourceName } from "./names.ts";
import { maskedNeedles } from "./output/masker.ts";
import { dockerVariables } from "./remote-docker-files.ts";
import { bashEnvPath, volumePath } from "./row/step-command.ts";
import type { StepProgram } from "./row/step-program.ts";
import { isSshKey } from "./ssh/ssh-keys.ts";
import { stepHeaders } from "./step-headers.ts";

/** What all parts of one `runJob` share. */
export interface Attempt {
  readonly engine: ContainerEngine;
  readonly input: RunJobInput;
  /** Of its container and its volume. */
  readonly name: string;
  readonly journal: Journal;
  /** What runs its rows: the set-up finds it on the container, or chooses it. */
  program: StepProgram;
  /** The environment of every exec that may start the step of that index: a take-over inherits it, so it is the same each time. */
  environmentOf(index: number): EnvironmentPlan;
  readonly handOver: AbortSignal;
  /** Aborted by a cancel or by the job's time limit. */
  readonly stop: AbortSignal;
  /** What a stop makes of the attempt, and of the step that it ends; undefined while none came. */
  stopped(): JobOutcome | undefined;
  /** Ends the attempt's own timers. */
  close(): void;
}

export function openAttempt(
  engine: ContainerEngine,
  input: RunJobInput,
  report: ReportEvent,
  control: JobControl,
): Attempt {
  const headers = stepHeaders(input.plan);
  const needles = maskedNeedles(secretsOf(input));
  const journal = openJournal(headers, input.progress, {
    report,
    needles,
    maxLogBytes: input.limits.maxLogBytesPerStep,
  });
  const timeLimit = startTimeLimit(input);
  const environment = execEnvironment(input);
  const attempt: Attempt = {
    engine,
    input,
    name: resourceName(input.instance, input.attemptId),
    journal,
    program: "sh",
    environmentOf: (index) => [
      ...trustEnvironment(attempt),
      ...environment,
      ...dockerEnvironment(input, journal, index),
    ],
    handOver: control.handOver,
    stop: AbortSignal.any([control.cancel, timeLimit.signal]),
    stopped() {
      if (control.cancel.aborted) return { status: "canceled", reason: "by_user", message: "Canceled." };
      if (!timeLimit.signal.aborted) return undefined;
      const limit = formatDuration(input.limits.jobTimeoutMs);
      return {
        status: "failure",
        reason: "timed_out",
        message: `The job ran longer than its limit of ${limit}.`,
      };
    },
    close: () => timeLimit.clear(),
  };
  return attempt;
}

/** All that no log may show. (R-MASK-1) */
export function secretsOf({ secrets, remoteDocker, continuation }: RunJobInput): readonly Secret[] {
  return [
    ...secrets.map(({ value }) => value),
    ...(remoteDocker === undefined ? [] : [remoteDocker.certificates.key]),
    ...(continuation === undefined ? [] : [continuation.key]),
  ];
}

/** Weakest first: secrets, then built-in variables, which no secret may replace. (R-ENV-1, R-ENV-2) */
export function execEnvironment(input: RunJobInput): EnvironmentPlan {
  const variables = input.secrets.filter(({ name }) => !isSshKey(name));
  const secrets = variables.map(({ name, value }): [string, string] => [name, value.reveal()]);
  const builtins = input.builtins.map(({ name, value }): [string, string] => [name, value]);
  const continuation = keyVariables(input.continuation).map(({ name, value }): [string, string] => [
    name,
    value,
  ]);
  const merged = new Map([
    ...secrets,
    ["BASH_ENV", bashEnvPath],
    ["CIRCLE_INTERNAL_TASK_DATA", `${volumePath}/task`],
    ...builtins,
    ...continuation,
  ]);
  return [...merged].map(([name, value]) => ({ name, value }));
}

/** The authority of the continuation is trusted where there is one; a job that names others itself keeps to those. */
function trustEnvironment({ input, program }: Attempt): EnvironmentPlan {
  return input.continuation === undefined || program === "sh" ? [] : trustVariables;
}

/** For the steps after a `setup_remote_docker` that did its work, or for all of a machine's. (R-SRD-2) */
function dockerEnvironment(input: RunJobInput, journal: Journal, index: number): EnvironmentPlan {
  const { remoteDocker, plan } = input;
  if (remoteDocker === undefined) return [];
  const isSetUp = plan.steps
    .slice(0, index - 1)
    .some(({ kind }, at) => kind === "setup-remote-docker" && journal.status(at + 1) === "success");
  if (remoteDocker.given === "by-step" && !isSetUp) return [];
  return dockerVariables(remoteDocker);
}

/** A timer takes at most 2^31 − 1 ms, three weeks: no job lives so long. */
const longestTimer = 2 ** 31 - 1;

/** Counts from the attempt's first start, also for a successor. (R-LIFE-1) */
function startTimeLimit(input: RunJobInput): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const startedAt = input.progress.find((step) => step.index === 0)?.startedAt ?? Date.now();
  const left = Math.max(0, startedAt + input.limits.jobTimeoutMs - Date.now());
  const timer = setTimeout(() => controller.abort(), Math.min(left, longestTimer));
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}
