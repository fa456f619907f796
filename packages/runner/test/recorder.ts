import type { JobEvent, StepHeader, StepProgress } from "@fmg/core";

/** What a scribe keeps of an attempt: enough for a successor, and for a test to read. */
export interface RecordedStep extends StepProgress {
  readonly durationMs?: number;
}

export interface Recorded {
  readonly progress: Map<number, RecordedStep>;
  readonly logs: Map<number, Buffer>;
  readonly events: JobEvent[];
}

export function record(): Recorded & { report: (event: JobEvent) => Promise<void> } {
  const recorded: Recorded = { progress: new Map(), logs: new Map(), events: [] };
  return {
    ...recorded,
    async report(event) {
      recorded.events.push(event);
      apply(recorded, event);
    },
  };
}

/** Stores one event as the orchestrator does. */
export function apply({ progress, logs }: Recorded, event: JobEvent): void {
  if (event.kind === "image-resolved" || event.kind === "usage") return;
  const index = event.step;
  const known = progress.get(index) ?? { index, status: "pending", rawOffset: 0 };
  switch (event.kind) {
    case "step-started":
      progress.set(index, { ...known, status: "running", startedAt: event.at });
      break;
    case "log":
      logs.set(index, Buffer.concat([logs.get(index) ?? Buffer.alloc(0), event.bytes]));
      progress.set(index, { ...known, rawOffset: event.rawOffset, lastOutputAt: event.at });
      break;
    case "step-finished":
      progress.set(index, {
        ...known,
        ...event.outcome,
        ...(event.exitCode === undefined ? {} : { exitCode: event.exitCode }),
        ...(event.durationMs === undefined ? {} : { durationMs: event.durationMs }),
      });
      break;
  }
}

/** `status` of each step in order, as far as it is known. */
export function statusesOf(recorded: Recorded, headers: readonly StepHeader[]): string[] {
  return headers.map(({ index }) => recorded.progress.get(index)?.status ?? "pending");
}
