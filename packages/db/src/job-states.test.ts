import { isFinal, isLegalMove, statuses, type EntityKind, type Status } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { createAttempts, getAttempt, listSteps, setSteps } from "./attempts.ts";
import { acceptDelivery } from "./deliveries.ts";
import {
  moveAttempt,
  moveJob,
  movePipeline,
  moveStep,
  moveWorkflow,
  type From,
  type Move,
} from "./job-states.ts";
import { openDb, type Db } from "./open-db.ts";
import { getPipeline } from "./pipelines.ts";
import { storePlan } from "./plans.ts";
import type { StateColumns } from "./rows.ts";
import { aPush, temporaryDb, type TemporaryDb } from "./testing/builders.ts";
import { findJob, getWorkflow, listJobs } from "./workflows.ts";

// A machine that does much else at the same time is slow, not wrong.
jest.setTimeout(60_000);

/** The five kinds, each with a way to make a fresh row, to move it and to read it. */
interface Subject {
  readonly id: number;
  readonly move: (db: Db, from: From, to: Move) => boolean;
  readonly read: () => StateColumns | undefined;
}

let temporary: TemporaryDb;
let other: Db;
let deliveries = 0;
beforeAll(() => {
  temporary = temporaryDb();
  other = openDb(temporary.file, { migrate: false });
});
afterAll(() => {
  other.close();
  temporary.remove();
});

function freshPipeline(): number {
  deliveries += 1;
  return acceptDelivery(temporary.db, aPush({ deliveryId: `${deliveries}` })).pipelineId;
}

function freshJob() {
  const pipelineId = freshPipeline();
  const plan = { workflows: [aWorkflow(aJob("build"))], setup: false };
  const { workflowIds } = storePlan(temporary.db, pipelineId, plan, { warnings: [], now: 1 });
  const jobId = listJobs(temporary.db, { pipelineId })[0]?.job.id ?? 0;
  return { workflowId: workflowIds[0] ?? 0, jobId };
}

function freshAttempt(): number {
  return createAttempts(temporary.db, freshJob().jobId, { nodeTotal: 1, now: 1, label: "default" })[0] ?? 0;
}

const subjects: Readonly<Record<EntityKind, () => Subject>> = {
  pipeline() {
    const id = freshPipeline();
    return {
      id,
      move: (db, from, to) => movePipeline(db, id, from, to),
      read: () => getPipeline(temporary.db, id),
    };
  },
  workflow() {
    const { workflowId: id } = freshJob();
    return {
      id,
      move: (db, from, to) => moveWorkflow(db, id, from, to),
      read: () => getWorkflow(temporary.db, id),
    };
  },
  job() {
    const { jobId: id } = freshJob();
    return {
      id,
      move: (db, from, to) => moveJob(db, id, from, to),
      read: () => findJob(temporary.db, id)?.job,
    };
  },
  attempt() {
    const id = freshAttempt();
    const move: Subject["move"] = (db, from, to) => moveAttempt(db, { attemptId: id }, from, to);
    return { id, move, read: () => getAttempt(temporary.db, id) };
  },
  step() {
    const attemptId = freshAttempt();
    setSteps(temporary.db, attemptId, 0, [{ index: 0, name: "run", kind: "run", background: false }]);
    const step = { attemptId, index: 0, epoch: 0 };
    return {
      id: attemptId,
      move: (db, from, to) => moveStep(db, step, from, to),
      read: () => listSteps(temporary.db, attemptId)[0],
    };
  },
};
const kinds = Object.keys(subjects) as EntityKind[];
const anyStatus = fc.constantFrom<Status>(...statuses);

describe.each(kinds)("a %s", (kind) => {
  test("moves only as the table says, keeps its first start, and has an end exactly when it is final", () => {
    const steps = fc.array(
      fc.record({ from: fc.array(anyStatus, { minLength: 1, maxLength: 3 }), to: anyStatus }),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(steps, (moves) => {
        const subject = subjects[kind]();
        let state = subject.read();
        moves.forEach(({ from, to }, index) => {
          const before = state?.status ?? "pending";
          const at = 1_000 + index;
          const legal = from.some((status) => isLegalMove(kind, status, to));
          const due = from.includes(before) && isLegalMove(kind, before, to);
          const act = () => subject.move(temporary.db, from, { status: to, message: `move ${index}`, at });
          if (!legal) expect(act).toThrow(`a ${kind} cannot move`);
          else expect(act()).toBe(due);

          const after = subject.read();
          expect(after?.status).toBe(due ? to : before);
          if (due) expect(after?.message).toBe(`move ${index}`);
          expect(after?.finishedAt === null).toBe(!isFinal(after?.status ?? "pending"));
          if (state?.startedAt != null) expect(after?.startedAt).toBe(state.startedAt);
          else if (due && to === "running") expect(after?.startedAt).toBe(at);
          state = after;
        });
      }),
      { numRuns: 60 },
    );
  });

  test("that ends after the clock was set back ends when it began, and not before (REL-15)", () => {
    const subject = subjects[kind]();
    const first = subject.read()!.status;
    if (isLegalMove(kind, first, "queued"))
      subject.move(temporary.db, first, { status: "queued", at: 90_000 });
    subject.move(temporary.db, subject.read()!.status, { status: "running", at: 100_000 });
    const startedAt = subject.read()!.startedAt!;
    expect(subject.move(temporary.db, "running", { status: "success", at: startedAt - 60_000 })).toBe(true);

    expect(subject.read()).toMatchObject({ startedAt, finishedAt: startedAt });
  });

  test("that two processes want to move is moved by one of them", () => {
    const subject = subjects[kind]();
    const from = subject.read()?.status ?? "pending";
    const to = statuses.find((status) => isFinal(status) && isLegalMove(kind, from, status)) ?? "error";
    const won = [temporary.db, other].map((db) => subject.move(db, from, { status: to, at: 5 }));
    expect(won).toEqual([true, false]);
  });
});

test("a move says why: reason and message stand there until the next move", () => {
  const id = freshPipeline();
  const { db } = temporary;
  movePipeline(db, id, "pending", { status: "running", message: "for now", at: 1 });
  movePipeline(db, id, "running", { status: "error", reason: "internal", at: 2 });
  expect(getPipeline(db, id)).toMatchObject({
    reason: "internal",
    message: null,
    startedAt: 1,
    finishedAt: 2,
  });
});

test("the exit code and the measured duration of a step stay", () => {
  const { db } = temporary;
  const attemptId = freshAttempt();
  setSteps(db, attemptId, 0, [{ index: 0, name: "run", kind: "run", background: false }]);
  const step = { attemptId, index: 0, epoch: 0 };
  moveStep(db, step, "pending", { status: "running", at: 1 });
  moveStep(db, step, "running", {
    status: "failure",
    reason: "step_failed",
    exitCode: 7,
    durationMs: 12,
    at: 2,
  });
  expect(listSteps(db, attemptId)[0]).toMatchObject({ exitCode: 7, durationMs: 12, status: "failure" });
});
