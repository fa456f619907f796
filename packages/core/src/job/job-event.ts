import type { Instant } from "../ids.ts";
import type { Outcome, Reason } from "../status.ts";

/** How a step or an attempt ended, with the reason and a sentence for people. */
export interface JobOutcome {
  readonly status: Outcome;
  readonly reason?: Reason;
  readonly message?: string;
}

/** One line of an attempt's list of steps. Index 0 is the runner's own set-up, "Spin up environment". */
export interface StepHeader {
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  readonly background: boolean;
}

/**
 * What a runner reports while it carries out an attempt. A reporter may be told the same thing twice (after a crash):
 * steps are named by index, and log bytes by their offset, so repeats are harmless.
 */
export type JobEvent =
  | { readonly kind: "step-started"; readonly step: number; readonly at: Instant }
  | {
      readonly kind: "log";
      readonly step: number;
      /** Masked bytes to append at the step's stored length. */
      readonly bytes: Uint8Array;
      /** Raw bytes of the step that are consumed with them; what the masker holds back is not counted. */
      readonly rawOffset: number;
      readonly at: Instant;
    }
  | {
      readonly kind: "step-finished";
      readonly step: number;
      readonly outcome: JobOutcome;
      readonly exitCode?: number;
      readonly at: Instant;
      /** Measured in the container where the step ran there; exact whoever watched. */
      readonly durationMs?: number;
    }
  /** `position` is the image's place in `docker:`; 0 is the job's own. */
  | {
      readonly kind: "image-resolved";
      readonly position: number;
      readonly image: string;
      readonly digest: string;
      /** What the runner brought to the host for it; undefined where the image was there. */
      readonly pulled?: { readonly id: string; readonly sizeBytes: number };
    }
  /** What the attempt's containers used: processor time since their start, memory at that moment. */
  | {
      readonly kind: "usage";
      /** The step that ran then. */
      readonly step: number;
      readonly at: Instant;
      readonly cpuMs: number;
      readonly memoryBytes: number;
    };

/** What a successor knows of a step from the checkpoint of its predecessor. */
export interface StepProgress {
  readonly index: number;
  readonly status: "pending" | "running" | Outcome;
  readonly exitCode?: number;
  /** Why a finished step ended as it did; a job's outcome is told with its first failing step's. */
  readonly reason?: Reason;
  readonly message?: string;
  /** Raw bytes consumed; the log goes on from there. */
  readonly rawOffset: number;
  readonly lastOutputAt?: Instant;
  readonly startedAt?: Instant;
}

/** Takes an attempt's events, in order per step; resolves when it is ready for more (back-pressure). */
export type ReportEvent = (event: JobEvent) => Promise<void>;
