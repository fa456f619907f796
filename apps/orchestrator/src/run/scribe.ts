import type { Instant, JobEvent, ReportEvent } from "@fmg/core";
import {
  addSamples,
  commitCheckpoints,
  inTransaction,
  moveStep,
  notePulledImage,
  noteUsedImage,
  setImageDigest,
  type Checkpoint,
} from "@fmg/db";
import type { Services } from "../services.ts";

/** The attempt whose events are written, and under which epoch of its lease. */
export interface ScribeSubject {
  readonly pipelineId: number;
  readonly attemptId: number;
  readonly epoch: number;
  /** Stored bytes of each step, from the checkpoint. */
  readonly storedLengths: ReadonlyMap<number, number>;
  /** Called once when a write shows that another owner has the attempt. */
  readonly onStale: () => void;
}

/** The only writer of what runners report: bytes to the log files, states and checkpoints to the database. */
export interface Scribe {
  open(subject: ScribeSubject): ReportEvent;
  /** Commits every checkpoint that is due; nothing is lost that was reported before. */
  flush(): void;
  close(): void;
}

/** Bytes are shown to readers when their checkpoint is committed, at most this long after they were stored. */
const COMMIT_EVERY_MS = 50;
const RETRY_AFTER_MS = 1000;
/** The log file is made durable this often while bytes come, and before its step is called finished. */
const SYNC_EVERY_MS = 1000;

/** One scribe serves all attempts of a process, so that their checkpoints share a transaction. (A.5) */
export function createScribe(
  services: Pick<Services, "db" | "host" | "logs" | "live" | "now" | "log">,
): Scribe {
  const due = new Map<string, { checkpoint: Checkpoint; subject: ScribeSubject }>();
  let samples: Parameters<typeof addSamples>[1][number][] = [];
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    addSamples(services.db, samples);
    samples = [];
    if (due.size === 0) return;
    const entries = [...due.values()];
    const stale = new Set(
      commitCheckpoints(
        services.db,
        entries.map((entry) => entry.checkpoint),
      ),
    );
    due.clear();
    for (const { checkpoint, subject } of entries) {
      if (stale.has(checkpoint.attemptId)) subject.onStale();
      else publishGrowth(services, subject, checkpoint.step);
    }
  };

  const flushLater = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      try {
        flush();
      } catch (error) {
        services.log.error({ err: error }, "checkpoints could not be committed; they will be tried again");
        setTimeout(flushLater, RETRY_AFTER_MS);
      }
    }, COMMIT_EVERY_MS);
  };

  return {
    open(subject) {
      const lengths = new Map(subject.storedLengths);
      const syncedAt = new Map<number, Instant>();
      return async (event) => {
        switch (event.kind) {
          case "log": {
            const offset = lengths.get(event.step) ?? 0;
            await services.logs.append(subject.attemptId, event.step, offset, event.bytes);
            const storedLength = offset + event.bytes.byteLength;
            lengths.set(event.step, storedLength);
            const { step, rawOffset, at } = event;
            const checkpoint = {
              attemptId: subject.attemptId,
              step,
              epoch: subject.epoch,
              rawOffset,
              storedLength,
              at,
            };
            due.set(`${subject.attemptId}/${step}`, { checkpoint, subject });
            flushLater();
            if (at - (syncedAt.get(step) ?? 0) >= SYNC_EVERY_MS) {
              syncedAt.set(step, at);
              await services.logs.sync(subject.attemptId, step);
            }
            return;
          }
          case "step-finished":
            if ((lengths.get(event.step) ?? 0) > 0) await services.logs.sync(subject.attemptId, event.step);
            flush();
            recordStep(services, subject, event);
            return;
          case "step-started":
            recordStep(services, subject, event);
            return;
          case "usage": {
            const { step, at, cpuMs, memoryBytes } = event;
            const { attemptId, epoch } = subject;
            samples.push({ attemptId, epoch, step, at, cpuMs, memoryBytes });
            flushLater();
            return;
          }
          case "image-resolved":
            setImageDigest(services.db, { attemptId: subject.attemptId, epoch: subject.epoch }, event);
            noteImage(services, event);
            return;
        }
      };
    },
    flush,
    close: flush,
  };
}

/** So the sweep knows which images are ours to remove, and which of them are in use. */
function noteImage(
  { db, host, now }: Pick<Services, "db" | "host" | "now">,
  { image: reference, pulled }: Extract<JobEvent, { kind: "image-resolved" }>,
): void {
  const at = { hostId: host.id, reference };
  if (pulled === undefined) noteUsedImage(db, at, now());
  else notePulledImage(db, { ...at, imageId: pulled.id, sizeBytes: pulled.sizeBytes }, now());
}

/** Moves a step; a repeat of what a predecessor already wrote changes nothing. */
function recordStep(
  services: Pick<Services, "db" | "live">,
  subject: ScribeSubject,
  event: Extract<JobEvent, { kind: "step-started" | "step-finished" }>,
): void {
  const step = { attemptId: subject.attemptId, index: event.step, epoch: subject.epoch };
  inTransaction(services.db, () => {
    if (event.kind === "step-started") {
      moveStep(services.db, step, "pending", { status: "running", at: event.at });
      return;
    }
    const { outcome, exitCode, durationMs, at } = event;
    const to = {
      ...outcome,
      at,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(durationMs === undefined ? {} : { durationMs }),
    };
    if (outcome.status === "skipped") {
      moveStep(services.db, step, "pending", to);
      return;
    }
    // Its start may not have been heard: then it starts and ends at once.
    moveStep(services.db, step, "pending", { status: "running", at });
    moveStep(services.db, step, "running", to);
  });
  publishGrowth(services, subject, event.step);
}

function publishGrowth(services: Pick<Services, "live">, subject: ScribeSubject, step: number): void {
  services.live.publish({ pipelineId: subject.pipelineId, kind: "log", attemptId: subject.attemptId, step });
}
